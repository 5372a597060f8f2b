import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../foundation/index.ts";
import type { OutboxStore } from "./outbox-store.ts";

/**
 * Marks what has left, again and again: a database that is away for seconds must not have it sent a second time.
 * @param how.tries one a second
 * @param how.stopping leaves one more
 */
export async function markSent(
  id: string,
  store: Pick<OutboxStore, "markSent">,
  how: { readonly clock: Clock; readonly tries: number; readonly stopping: AbortSignal },
): Promise<void> {
  for (let left = how.tries - 1; ; left -= 1) {
    try {
      await store.markSent(id, how.clock.epochSeconds());
      return;
    } catch (error) {
      if (left === 0 || how.stopping.aborted) throw error;
    }
    await pause(1000, undefined, { signal: how.stopping, ref: false }).catch(() => undefined);
  }
}
