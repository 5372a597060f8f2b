import { type Outcome, accepted, days, minutes, refused } from "../foundation/index.ts";
import type { Actor } from "../accounts/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { Database } from "../storage/index.ts";
import { type SigningKeyParts, makeKey } from "./signing-keys.ts";
import { type SigningAlgorithm, type SigningKey, signingAlgorithms } from "./signing-key.ts";

/** How long a key signs before the job rotates it. */
const signsForSeconds = days(90);

/** How long a key still verifies: no ID token, access token or usual sign-out hint is older. */
const verifiesForSeconds = days(30);

/**
 * How long a next key must have been published: relying parties keep our key set for five minutes
 * (`Cache-Control`), and every node publishes a new key within seconds.
 */
export const publishedForSeconds = minutes(10);

/** What rotates keys. */
export interface KeyRotationParts extends SigningKeyParts {
  readonly database: Database;
}

/** Why keys are not rotated. */
export type RotationReason =
  /** details: `seconds` until the next key is known to every relying party */
  | "next-key-too-young"
  /** Another node rotated meanwhile. */
  | "already-rotated";

/** The keys that sign from now on. */
export interface Rotation {
  readonly promoted: readonly SigningKey[];
  readonly retired: readonly SigningKey[];
}

/**
 * Current keys retire, next keys sign, new next keys are published; all algorithms in one transaction. No
 * token is refused: what signs was published before, and what signed goes on verifying.
 */
export async function rotateKeys(
  parts: KeyRotationParts,
): Promise<Outcome<Rotation, RotationReason>> {
  const now = parts.clock.epochSeconds();
  const keys = await parts.keyStore.list();
  const youngest = Math.max(...keys.filter(isNext).map((key) => key.createdAt));
  // Until the first rotation the next keys were published together with the current ones.
  const neverRotated = !keys.some((key) => key.state === "previous");
  const wait = youngest + publishedForSeconds - now;
  if (!neverRotated && wait > 0) {
    return refused({ reason: "next-key-too-young", details: { seconds: wait } });
  }
  const pairs = signingAlgorithms.map((alg) => pairOf(keys, alg));
  const made = pairs.map(({ next }) => makeKey(parts, next.alg, "next"));
  const rotated = await parts.database.transaction(async (transaction) => {
    const store = parts.keyStore.within(transaction);
    for (const { current, next } of pairs) {
      // The first node to retire a key is the one that rotates: the others change no row.
      if (!(await store.retire(current.kid, now))) return false;
      if (!(await store.promote(next.kid, now))) throw new Error(`${next.kid} is no longer next`);
    }
    for (const key of made) await store.insert(key);
    return true;
  });
  return rotated
    ? accepted({
        promoted: pairs.map(({ next }) => next),
        retired: pairs.map(({ current }) => current),
      })
    : refused({ reason: "already-rotated" });
}

/** What a revocation did. */
export interface RevokedKey {
  readonly key: SigningKey;
  /** What signs in its place; undefined when it did not sign. */
  readonly promoted: SigningKey | undefined;
}

/**
 * Takes a key out of use and out of the published set, whatever state it is in: for one that a stranger may hold. The next
 * one signs in its place, however short a time it has been published. It is written with its event.
 */
export async function revokeKey(
  parts: KeyRotationParts & RecordedTransactionParts,
  kid: string,
  by: Actor,
): Promise<Outcome<RevokedKey, "key-unknown">> {
  const keys = await parts.keyStore.list();
  const key = keys.find((each) => each.kid === kid);
  if (!key) return refused({ reason: "key-unknown" });
  const promoted = isCurrent(key) ? pairOf(keys, key.alg).next : undefined;
  const made = key.state === "previous" ? undefined : makeKey(parts, key.alg, "next");
  const removed = await recordedTransaction(parts, async (transaction, tell) => {
    const store = parts.keyStore.within(transaction);
    if (!(await store.remove(key))) return false;
    const now = parts.clock.epochSeconds();
    if (promoted && !(await store.promote(promoted.kid, now)))
      throw new Error(`${promoted.kid} is no longer next`);
    if (made) await store.insert(made);
    const details = { kid, alg: key.alg, state: key.state };
    tell({ name: "signing-key-revoked", outcome: "accepted", actor: by, details });
    return true;
  });
  // A rotation moved it meanwhile: it is looked at anew.
  return removed ? accepted({ key, promoted }) : revokeKey(parts, kid, by);
}

/**
 * The job: rotates keys that signed for 90 days, removes those that verified for 30 more.
 * @returns how many keys were removed or retired
 */
export async function rotateWhenDue(parts: KeyRotationParts): Promise<number> {
  const now = parts.clock.epochSeconds();
  const removed = await parts.keyStore.removeRetired(now - verifiesForSeconds);
  const keys = await parts.keyStore.list();
  const oldest = Math.min(
    ...keys.filter(isCurrent).map((key) => key.currentSince ?? key.createdAt),
  );
  if (oldest > now - signsForSeconds) return removed;
  const rotated = await rotateKeys(parts);
  return removed + (rotated.accepted ? rotated.value.retired.length : 0);
}

function isCurrent(key: SigningKey): boolean {
  return key.state === "current";
}

function isNext(key: SigningKey): boolean {
  return key.state === "next";
}

function pairOf(
  keys: readonly SigningKey[],
  alg: SigningAlgorithm,
): { readonly current: SigningKey; readonly next: SigningKey } {
  const own = keys.filter((key) => key.alg === alg);
  const [current, next] = [own.find(isCurrent), own.find(isNext)];
  if (!current || !next)
    throw new Error(`${alg} has no current or no next key: start the provider first`);
  return { current, next };
}
