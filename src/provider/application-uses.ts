import { type Clock, hours } from "../foundation/index.ts";
import type { ApplicationUse, ApplicationUseStore } from "./application-use-store.ts";

/** So many uses wait in memory at most: beyond, none is noted until they are written. */
const mostWaiting = 20_000;

/** A use is written again after this time: the page says the hour, not more. */
const writtenForSeconds = hours(1);

/** Notes when applications use what people granted them, without a statement on the way of a request. */
export interface ApplicationUses {
  /** Remembers a use of now. */
  readonly note: (sub: string, clientId: string) => void;
  /** Writes what was remembered; of an account that is gone nothing. */
  readonly write: () => Promise<void>;
}

/** Builds it on its table. */
export function createApplicationUses(parts: {
  readonly clock: Clock;
  readonly uses: Pick<ApplicationUseStore, "note">;
  readonly isKnown: (sub: string) => Promise<boolean>;
}): ApplicationUses {
  const waiting = new Map<string, ApplicationUse>();
  const written = new Map<string, number>();
  return {
    note: (sub, clientId) => {
      const at = parts.clock.epochSeconds();
      const key = JSON.stringify([sub, clientId]);
      const isRecent = at - (written.get(key) ?? -Infinity) < writtenForSeconds;
      if (!isRecent && waiting.size < mostWaiting) waiting.set(key, { sub, clientId, at });
    },
    write: async () => {
      if (written.size > mostWaiting) written.clear();
      for (const [key, use] of waiting) {
        if (await parts.isKnown(use.sub)) await parts.uses.note(use);
        // What could not be written waits for the next run.
        waiting.delete(key);
        written.set(key, use.at);
      }
    },
  };
}
