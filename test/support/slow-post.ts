import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** What a late request was answered. */
export interface LateAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A POST of JSON as a program sends it, slowly ({@link slowly}). */
export async function slowPost(
  url: string,
  authorization: string,
  body: unknown,
): Promise<() => Promise<LateAnswer>> {
  const headers = { authorization, "content-type": "application/json" };
  const send = await slowly(url, headers, JSON.stringify(body));
  return async () => {
    const { status, text } = await send();
    return { status, body: (text === "" ? {} : JSON.parse(text)) as LateAnswer["body"] };
  };
}

/**
 * A POST whose head arrives now, and whose body when it is sent: what is judged by the head is judged in between.
 * @returns what sends the body
 */
export async function slowly(
  url: string,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<() => Promise<{ readonly status: number; readonly text: string }>> {
  const length = Buffer.byteLength(text);
  const sent = request(url, { method: "POST", headers: { ...headers, "content-length": length } });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  sent.flushHeaders();
  sent.write(text.slice(0, 1));
  // Were this too short, the head would be judged later, and nothing would be missed.
  await pause(300);
  return async () => {
    sent.end(text.slice(1));
    const [response] = await answered;
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() };
  };
}
