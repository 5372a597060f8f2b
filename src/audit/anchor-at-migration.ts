import type { Clock, Encryption } from "../foundation/index.ts";
import { keptSecrets } from "../secrets/index.ts";
import type { AfterMigrations } from "../storage/index.ts";
import { olderBuildsSeconds, writeAnchor } from "./anchor.ts";
import { AuditStore } from "./audit-store.ts";

/**
 * In the transaction of the migration that brings keys, and never again: what the chain ends with is sealed as the last
 * line that needs none. Made by each start that finds no anchor, it would bless a chain that other hands made anew.
 */
export function anchorAtMigration(parts: {
  readonly encryption: Encryption;
  readonly clock: Clock;
}): AfterMigrations {
  return {
    "026-audit-keys.ts": async (knex) => {
      const { seq, hash } = await new AuditStore(knex).head();
      if (seq === 0) return;
      const olderBuildsUntil = parts.clock.epochSeconds() + olderBuildsSeconds;
      await writeAnchor(keptSecrets(knex, parts), { seq, hash, olderBuildsUntil });
    },
  };
}
