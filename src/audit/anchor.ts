import { days } from "../foundation/index.ts";
import type { KeptSecrets } from "../secrets/index.ts";

/**
 * What lines without a key are still accepted: those up to the one that the chain ended with when keys came, and for a
 * week those of nodes of an older build, which cannot sign. It is sealed: who can only write the database makes none.
 */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
  /** Epoch seconds: until then an older build may run beside this one. */
  readonly olderBuildsUntil: number;
}

/** How long a release and the one after run side by side, at most. */
export const olderBuildsSeconds = days(7);

const name = "audit-anchor";

/** @throws Error when no key given now opens it */
export async function readAnchor(kept: KeptSecrets): Promise<Anchor | undefined> {
  const found = await kept.find(name);
  return found === undefined ? undefined : (JSON.parse(found) as Anchor);
}

/** Puts it in the place of an earlier one. */
export async function writeAnchor(kept: KeptSecrets, anchor: Anchor): Promise<void> {
  await kept.replace(name, JSON.stringify(anchor));
}
