import type { AuditFilter } from "../audit/index.ts";
import {
  type Outcome,
  type Problem,
  accepted,
  parseEmailAddress,
  readSince,
  readUntil,
  refused,
} from "../foundation/index.ts";
import { parseSiret } from "../establishments/index.ts";
import { type EventName, eventNames } from "../operations/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";

/** The fields of the search, as its address has them. */
export const auditFields = [
  "person",
  "actor",
  "event",
  "outcome",
  "siret",
  "client",
  "since",
  "until",
] as const;

/** What an event came to. */
export const auditOutcomes = ["accepted", "refused"] as const;

/** A search of the audit, as typed. */
export type AuditSearch = Readonly<Record<(typeof auditFields)[number], string>>;

/** Why a search is not made. */
export type AuditSearchReason =
  | "email-malformed"
  | "actor-unknown"
  | "event-unknown"
  | "outcome-unknown"
  | "siret-format"
  | "siret-checksum"
  | "day-malformed";

/**
 * Reads a search. A person is an address or a subject identifier: who was erased is found by the latter. An
 * actor is the same, or the word that stands for one (`operator`, a client).
 */
export async function readAuditSearch(
  { accounts }: Pick<BackofficeParts, "accounts">,
  typed: AuditSearch,
): Promise<Outcome<AuditFilter, AuditSearchReason>> {
  const siret = typed.siret.trim() === "" ? undefined : parseSiret(typed.siret);
  const outcome = auditOutcomes.find((known) => known === typed.outcome);
  const [since, until] = [readDay(typed.since, readSince), readDay(typed.until, readUntil)];
  const [person, actor] = [
    await personOf(accounts, typed.person),
    await actorOf(accounts, typed.actor),
  ];
  const name = eventNames.find((known) => known === typed.event);
  const problems: Problem<AuditSearchReason>[] = [];
  if (person === null) problems.push({ field: "person", reason: "email-malformed" });
  if (typed.event !== "" && !name) problems.push({ field: "event", reason: "event-unknown" });
  if (typed.outcome !== "" && !outcome)
    problems.push({ field: "outcome", reason: "outcome-unknown" });
  if (siret && !siret.accepted) problems.push({ ...siret.problems[0], field: "siret" });
  if (actor === null) problems.push({ field: "actor", reason: "actor-unknown" });
  if (since === null) problems.push({ field: "since", reason: "day-malformed" });
  if (until === null) problems.push({ field: "until", reason: "day-malformed" });
  const [first, ...others] = problems;
  if (first) return refused(first, ...others);
  return accepted({
    person: person ?? undefined,
    actor: actor ?? undefined,
    name,
    outcome,
    siret: siret?.accepted ? siret.value : undefined,
    clientId: typed.client.trim() === "" ? undefined : typed.client.trim(),
    since: since ?? undefined,
    until: until ?? undefined,
  });
}

/** The names of events, for the choice of one. */
export const auditEvents: readonly EventName[] = eventNames;

async function personOf(
  accounts: BackofficeParts["accounts"],
  typed: string,
): Promise<AuditFilter["person"] | null> {
  const text = typed.trim();
  if (text === "") return undefined;
  if (/^[\w-]{8,64}$/.test(text)) return { sub: text };
  const email = parseEmailAddress(text);
  if (!email) return null;
  const found = await accounts.findByEmail(email);
  return { email, sub: found?.account.sub };
}

async function actorOf(
  accounts: BackofficeParts["accounts"],
  typed: string,
): Promise<string | undefined | null> {
  const text = typed.trim();
  if (text === "") return undefined;
  const email = parseEmailAddress(text);
  if (!email) return /^[\w:.-]{1,200}$/.test(text) ? text : null;
  const found = await accounts.findByEmail(email);
  return found ? found.account.sub : null;
}

function readDay(
  typed: string,
  read: (text: string) => number | undefined,
): number | undefined | null {
  return typed.trim() === "" ? undefined : (read(typed) ?? null);
}
