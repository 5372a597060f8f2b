import type { Context } from "koa";
import type { AccountStore } from "../accounts/index.ts";
import type { AuditEntry } from "../audit/index.ts";
import {
  type AccessEntry,
  type Accesses,
  type Siret,
  formatSiret,
} from "../establishments/index.ts";
import { parisFormats, parisUntil } from "../foundation/index.ts";
import { pageState } from "../web/index.ts";
import type { ListedAccess, ListedEvent } from "./account-page-models.ts";
import { accountUrl } from "./subject.ts";

const days = parisFormats({ dateStyle: "short" });
const instants = parisFormats({ dateStyle: "short", timeStyle: "medium" });

/** Instants and days as the tables of the back office show them, in Paris: « 25/11/2026 22:03:04 ». */
export function moments(ctx: Context) {
  const locale = pageState(ctx).locale ?? "fr";
  const [day, instant] = [days[locale], instants[locale]];
  return {
    day: (epochSeconds: number) => day.format(epochSeconds * 1000),
    instant: (epochSeconds: number) => instant.format(epochSeconds * 1000).replace(",", ""),
    /** Until when something lasts: a day when it ends with that day, else the instant. */
    until: (epochSeconds: number) =>
      parisUntil(epochSeconds).length === 10
        ? day.format((epochSeconds - 1) * 1000)
        : instant.format(epochSeconds * 1000).replace(",", ""),
  };
}

/** What people are called, by `sub`. Who is not found keeps the word that names them (`operator`, a client). */
export type Names = (word: string | undefined) => string | undefined;

/** Reads the names of everybody that a page mentions, in one statement. */
export async function namesOf(
  accounts: Pick<AccountStore, "findAllBySub">,
  words: readonly (string | undefined)[],
): Promise<Names> {
  const subs = [...new Set(words.filter((word) => word !== undefined))];
  const found = subs.length > 0 ? await accounts.findAllBySub(subs) : [];
  const names = new Map(
    found.map(({ sub, givenName, familyName }) => [sub, `${givenName} ${familyName}`]),
  );
  return (word) => (word === undefined ? undefined : (names.get(word) ?? word));
}

/** Reads what establishments are called, in one statement. */
export async function establishmentNames(
  accesses: Pick<Accesses, "establishments">,
  sirets: readonly Siret[],
): Promise<(siret: Siret) => string | undefined> {
  const known = sirets.length > 0 ? await accesses.establishments(sirets) : [];
  const names = new Map(known.map(({ siret, name }) => [siret, name]));
  return (siret) => names.get(siret);
}

/** An access for a page. */
export function listedAccess(
  entry: AccessEntry,
  { day, until }: ReturnType<typeof moments>,
  names: Names,
  closeUrl?: string,
): ListedAccess {
  return {
    formatted: formatSiret(entry.siret),
    name: entry.name,
    openedAt: day(entry.openedAt),
    openedBy: names(entry.openedBy) ?? "",
    openedFor: entry.reason,
    until: entry.untilAt === undefined ? undefined : until(entry.untilAt),
    closedAt: entry.closedAt === undefined ? undefined : day(entry.closedAt),
    closedBy: names(entry.closedBy),
    closedFor: entry.closeReason,
    closeUrl,
  };
}

/** An event for a page. */
export function listedEvent(
  entry: AuditEntry,
  { instant }: ReturnType<typeof moments>,
  names: Names,
): ListedEvent {
  const { details } = entry;
  return {
    at: instant(entry.occurredAt),
    event: entry.name,
    outcome: entry.outcome,
    why: entry.reason,
    person: names(entry.sub),
    personUrl: entry.sub === undefined ? undefined : accountUrl({ sub: entry.sub }),
    actor: names(entry.actor),
    clientId: entry.clientId,
    network: entry.network,
    details:
      details &&
      Object.entries(details)
        .map(
          ([name, value]) =>
            `${name} : ${typeof value === "string" ? value : JSON.stringify(value)}`,
        )
        .join(", "),
    seq: entry.seq,
  };
}

/** The sentence that is the subject of a letter. @param name `establishments/access-opened` */
export function subjectKeyOf(name: string): string {
  return `mail.${name.slice(name.indexOf("/") + 1)}.subject`;
}
