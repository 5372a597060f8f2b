import { days } from "../foundation/index.ts";
import type { Share } from "../storage/index.ts";
import { giveUp } from "./giving-up.ts";
import { OldEntriesStore } from "./old-entries-store.ts";
import { OutboxStore } from "./outbox-store.ts";
import { type SenderParts, leaseSeconds } from "./senders.ts";

/** What could not even be tried for so long is given up; an entry that is tried has ended after a day. */
export const longestWaitSeconds = days(3);

/** Gives up what waited too long. */
export interface GivingUp {
  /**
   * Behind a destination that fails for days entries wait untried: gives up some of what is older than any entry that is
   * tried again and again. For a job that knows whether the clock is to be believed. @returns how many
   */
  readonly giveUpOld: () => Promise<number>;
  /** How many it would give up, of all that waits. */
  readonly oldShare: () => Promise<Share>;
}

/** @param failing the destinations that fail */
export function createGivingUp(parts: SenderParts, failing: () => readonly string[]): GivingUp {
  const { clock, channel, database } = parts;
  const store = new OutboxStore(database.knex, channel);
  const old = new OldEntriesStore(database.knex, channel);
  const oldest = () => clock.epochSeconds() - longestWaitSeconds;
  return {
    giveUpOld: async () => {
      let count = 0;
      for (const id of await old.list(failing(), oldest())) {
        const now = clock.epochSeconds();
        const entry = await store.claim(id, now, now + leaseSeconds);
        if (!entry) continue;
        const why = { reason: "not-delivered", error: "waited too long" };
        await giveUp(entry, why, parts);
        count += 1;
      }
      return count;
    },
    oldShare: () => old.share(failing(), oldest()),
  };
}
