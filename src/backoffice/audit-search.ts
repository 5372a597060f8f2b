import { mayBeSubject } from "../accounts/index.ts";
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
import { type Siret, parseSiret } from "../establishments/index.ts";
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
 * Reads a search. A person is an address or a subject identifier, which may be one that was imported: who was erased is found by it. An
 * actor is the same, or the word that stands for one (`operator`, a client).
 */
export async function readAuditSearch(
  { accounts, eventNames }: Pick<BackofficeParts, "accounts" | "eventNames">,
  typed: AuditSearch,
): Promise<Outcome<AuditFilter, AuditSearchReason>> {
  const problems: Problem<AuditSearchReason>[] = [];
  const found = <Value>(
    field: keyof AuditSearch,
    value: Value | null,
    reason: AuditSearchReason,
  ): Value | undefined => {
    if (value === null) problems.push({ field, reason });
    return value ?? undefined;
  };
  const clientId = typed.client.trim();
  const filter = {
    person: found("person", await personOf(accounts, typed.person), "email-malformed"),
    name: found("event", oneOf(eventNames(), typed.event), "event-unknown"),
    outcome: found("outcome", oneOf(auditOutcomes, typed.outcome), "outcome-unknown"),
    siret: readSiret(typed.siret, problems),
    actor: found("actor", await actorOf(accounts, typed.actor), "actor-unknown"),
    clientId: clientId === "" ? undefined : clientId,
    since: found("since", readDay(typed.since, readSince), "day-malformed"),
    until: found("until", readDay(typed.until, readUntil), "day-malformed"),
  };
  const [first, ...others] = problems;
  return first ? refused(first, ...others) : accepted(filter);
}

/** @returns undefined for nothing typed, null for a word that is none of these */
function oneOf<Word extends string>(
  words: readonly Word[],
  typed: string,
): Word | undefined | null {
  return typed === "" ? undefined : (words.find((word) => word === typed) ?? null);
}

function readSiret(typed: string, problems: Problem<AuditSearchReason>[]): Siret | undefined {
  if (typed.trim() === "") return undefined;
  const siret = parseSiret(typed);
  if (siret.accepted) return siret.value;
  problems.push({ ...siret.problems[0], field: "siret" });
  return undefined;
}

async function personOf(
  accounts: BackofficeParts["accounts"],
  typed: string,
): Promise<AuditFilter["person"] | null> {
  const text = typed.trim();
  if (text === "") return undefined;
  const email = parseEmailAddress(text);
  const [known] = mayBeSubject(text) ? await accounts.findAllBySub([text]) : [];
  if (known) return { email, sub: text };
  // Of who was erased nothing is known but the identifier.
  if (!email) return /^[!-?A-~]{8,255}$/.test(text) ? { sub: text } : null;
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
  if (!email) return /^[\x21-\x7e]{1,300}$/.test(text) ? text : null;
  const found = await accounts.findByEmail(email);
  if (found) return found.account.sub;
  const [known] = await accounts.findAllBySub([text]);
  return known ? text : null;
}

function readDay(
  typed: string,
  read: (text: string) => number | undefined,
): number | undefined | null {
  return typed.trim() === "" ? undefined : (read(typed) ?? null);
}
