import { faultWord, seconds } from "../foundation/index.ts";
import type { ClientCall } from "./client-calls.ts";

/** What stands at an address of a client, or what is wrong with it, in words that follow `must answer`. */
export type RemoteDocument =
  { readonly content: Buffer; readonly problem?: undefined } | { readonly problem: string };

/** A registration waits for it. */
const patienceSeconds = seconds(5);

/** Reads what stands at an address of a client, if that is no larger than `limitBytes`. Never throws. */
export async function readRemote(
  call: ClientCall,
  uri: string,
  { accept, limitBytes }: { readonly accept: string; readonly limitBytes: number },
): Promise<RemoteDocument> {
  try {
    const signal = AbortSignal.timeout(patienceSeconds * 1000);
    const answer = await call(uri, { headers: { accept }, signal });
    if (answer.status !== 200) return { problem: `200, not ${String(answer.status)}` };
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = answer.body ?? [];
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > limitBytes) return { problem: `with ${String(limitBytes / 1024)} kB at most` };
      chunks.push(chunk);
    }
    return { content: Buffer.concat(chunks) };
  } catch (error) {
    // What is heard of a host that must not be called stands in our own log.
    return { problem: `at once: ${faultWord(error) ?? "no answer"}` };
  }
}
