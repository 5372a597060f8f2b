import { createHmac, timingSafeEqual } from "node:crypto";
import { type IncomingMessage, createServer } from "node:http";
import { freePort } from "../support/free-port.ts";

/** A message as it came, its signature checked as a receiver does. */
export interface ReceivedMessage {
  readonly path: string;
  readonly id: string;
  readonly timestamp: number;
  readonly isSigned: boolean;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: object };
}

/** A program that listens to webhooks. */
export interface WebhookListener {
  readonly url: (path: string) => string;
  readonly received: ReceivedMessage[];
  /** What the next requests are answered with. */
  answer: { status: number; headers?: Record<string, string> };
  readonly close: () => Promise<void>;
}

/** The secret that its messages are signed with. */
export const webhookSecret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

/** Starts one on loopback. */
export async function startListener(): Promise<WebhookListener> {
  const port = await freePort();
  const received: ReceivedMessage[] = [];
  const listener: WebhookListener = {
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    received,
    answer: { status: 204 },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    void read(request).then((message) => {
      received.push(message);
      response.writeHead(listener.answer.status, listener.answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return listener;
}

async function read(request: IncomingMessage): Promise<ReceivedMessage> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const header = (name: string) => String(request.headers[name] ?? "");
  const [id, timestamp] = [header("webhook-id"), header("webhook-timestamp")];
  const key = Buffer.from(webhookSecret.slice(6), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest();
  const given = Buffer.from(header("webhook-signature").replace("v1,", ""), "base64");
  return {
    path: request.url ?? "",
    id,
    timestamp: Number(timestamp),
    isSigned: given.length === expected.length && timingSafeEqual(given, expected),
    body: JSON.parse(text) as ReceivedMessage["body"],
  };
}
