import { type KeptBits, type Random, digest, keyedDigest, networkOf } from "../foundation/index.ts";
import { type ChainKeys, lineText } from "./chain-keys.ts";
import { type SecurityEvent, addressReference, redacted } from "../operations/index.ts";

/**
 * The chain: every row's hash covers the row and the hash before it. What may be erased is covered by a
 * salted commitment instead of its value: with the salt gone nobody can guess the value from the digest,
 * and the chain still holds. Rejected: a hash over the values, which an erasure would break; no salt,
 * which would leave an address that can be tried.
 */
export interface AuditRow {
  readonly seq: number;
  /** Which way its hash is made; see {@link knownForm}. */
  readonly form: number;
  readonly occurred_at: number;
  readonly event: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly subject_sub: string | null;
  readonly client_id: string | null;
  readonly request_reference: string | null;
  readonly subject_reference: string | null;
  /** JSON text. */
  readonly details: string | null;
  /** Null once the reference and the details were erased. */
  readonly about_salt: string | null;
  readonly about_digest: string;
  /** `/24` or `/48`. */
  readonly client_network: string | null;
  /** Keyed digest of the whole network address. */
  readonly client_reference: string | null;
  /** Null once the origin was erased. */
  readonly origin_salt: string | null;
  readonly origin_digest: string;
  readonly previous_hash: string;
  readonly hash: string;
  /** Keyed digest of the hash (`chain-keys`); null in lines of builds that had no key. */
  readonly mac: string | null;
}

/** An event as it will stand in the chain, before it has its place. */
export type Draft = Omit<AuditRow, "seq" | "previous_hash" | "hash" | "mac">;

/** The form of a line that this build writes and can verify. A newer build's may be another. */
export const knownForm = 1;

/** What `previous_hash` says in the first row of all. */
export const genesis = "genesis";

/** « From where » without who: an office or a neighbourhood (CNIL, truncated addresses). */
const keptBits: KeptBits = { ipv4: 24, ipv6: 48 };

/** What an event becomes in the table. */
export function draftOf(
  event: SecurityEvent,
  { now, random, referenceKey }: { now: number; random: Random; referenceKey: string | Buffer },
): Draft {
  const { subject, clientAddress } = event;
  const salts = random.bytes(32);
  const about = {
    subject_reference: subject?.email ? addressReference(subject.email, referenceKey) : null,
    // Redacted as the log is: an SMTP server's error quotes the address it refused.
    details: event.details ? storable(JSON.stringify(redacted(event.details))) : null,
    about_salt: salts.subarray(0, 16).toString("base64url"),
  };
  const origin = {
    client_network: networkOf(clientAddress, keptBits) ?? null,
    client_reference: clientAddress ? networkReference(clientAddress, referenceKey) : null,
    origin_salt: salts.subarray(16).toString("base64url"),
  };
  return {
    form: knownForm,
    occurred_at: now,
    event: event.name,
    outcome: event.outcome,
    reason: storable(event.reason),
    actor: storable(event.actor),
    subject_sub: subject && "sub" in subject ? storable(subject.sub) : null,
    client_id: storable(event.clientId),
    request_reference: storable(event.reference),
    ...about,
    about_digest: aboutDigest(about),
    ...origin,
    origin_digest: originDigest(origin),
  };
}

/** What is erased of whence an event came; its digest stays, so that the chain holds. */
export const noOrigin = { client_network: null, client_reference: null, origin_salt: null };

/** What is erased of whom and what it was about, likewise. */
export const noAbout = { subject_reference: null, details: null, about_salt: null };

/** Gives drafts their places after an end of the chain, one after the other. */
export function chainedBehind(
  end: { readonly seq: number; readonly hash: string },
  drafts: readonly Draft[],
  keys: Pick<ChainKeys, "sign">,
): AuditRow[] {
  let last = end;
  return drafts.map((draft) => {
    const row = chained(draft, last, keys);
    last = row;
    return row;
  });
}

/** Gives a draft its place after `previous`, and signs it there. */
export function chained(
  draft: Draft,
  previous: { seq: number; hash: string },
  keys: Pick<ChainKeys, "sign">,
): AuditRow {
  const placed = { ...draft, seq: previous.seq + 1, previous_hash: previous.hash };
  const hash = hashOf(placed);
  return { ...placed, hash, mac: keys.sign(lineText(hash)) };
}

/** SHA-256 of the canonical form: a JSON array of fixed order, version first, null where nothing stands. */
export function hashOf(row: Omit<AuditRow, "hash" | "mac">): string {
  return digest(
    JSON.stringify([
      "lopauth-audit-1",
      row.seq,
      row.occurred_at,
      row.event,
      row.outcome,
      row.reason,
      row.actor,
      row.subject_sub,
      row.client_id,
      row.request_reference,
      row.about_digest,
      row.origin_digest,
      row.previous_hash,
    ]),
  );
}

/** Whether what may be erased is either as it was written, or gone altogether. */
export function keepsItsCommitments(row: AuditRow): boolean {
  const about =
    row.about_salt === null
      ? row.subject_reference === null && row.details === null
      : aboutDigest(row) === row.about_digest;
  const origin =
    row.origin_salt === null
      ? row.client_network === null && row.client_reference === null
      : originDigest(row) === row.origin_digest;
  return about && origin;
}

type About = Pick<AuditRow, "about_salt" | "subject_reference" | "details">;

function aboutDigest({ about_salt, subject_reference, details }: About): string {
  return digest(JSON.stringify([about_salt, subject_reference, details]));
}

type Origin = Pick<AuditRow, "origin_salt" | "client_network" | "client_reference">;

function originDigest({ origin_salt, client_network, client_reference }: Origin): string {
  return digest(JSON.stringify([origin_salt, client_network, client_reference]));
}

function networkReference(address: string, referenceKey: string | Buffer): string {
  return keyedDigest(referenceKey, `network:${address}`).slice(0, 22);
}

/** PostgreSQL refuses NUL and stores no lone surrogate: what is hashed must be what comes back. */
function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.replaceAll("\0", "").toWellFormed();
}
