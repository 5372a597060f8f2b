import {
  type Actor,
  type AuthorityReason,
  type AccountStore,
  onHeld,
  actReason,
} from "../accounts/index.ts";
import { type Siren, type Siret, parseSiren } from "../establishments/index.ts";
import {
  type Clock,
  type EmailAddress,
  type Outcome,
  accepted,
  refused,
  readText,
} from "../foundation/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { SecurityEvent } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { CareStore, ColleagueAccess, ListedCare } from "./care-store.ts";
import type { ColleagueRequestStore } from "./colleague-request-store.ts";
import type { Enqueue } from "./organisation-letters.ts";

/** Why the care of an organisation is not given or ended. */
export type CareReason =
  /** `ORGANISATION_ADMINS` is off: it would be a care without effect. */
  | "organisations-off"
  | "siren-format"
  | "account-unknown"
  | "account-not-active"
  /** Nothing of the organisation is open to the account: it would see what it has no part in. */
  | "no-access-there"
  | "care-held"
  | "care-over"
  | "reason-too-long"
  | AuthorityReason;

/** What it is built of. */
export interface CareParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly recordSoon: RecordSoon;
  readonly accounts: AccountStore;
  readonly cares: CareStore;
  readonly requests: ColleagueRequestStore;
  readonly enqueue: Enqueue;
  /** Whether administrators of organisations exist here: `ORGANISATION_ADMINS`. */
  readonly isOn: boolean;
  readonly organisationsUrl: string;
  readonly contactUrl: string;
}

const mostListed = 200;

/** A page of what an administrator sees. */
export interface ColleaguePage {
  readonly accesses: readonly ColleagueAccess[];
  readonly hasMore: boolean;
}

/** The care of organisations: staff give it and end it, and it counts while its holder has an access there. */
export interface Cares {
  readonly give: (command: {
    readonly email: EmailAddress;
    readonly siren: string;
    readonly reason: string;
    readonly by: Actor;
  }) => Promise<Outcome<Siren, CareReason>>;
  readonly end: (id: number, by: Actor) => Promise<Outcome<Siren, CareReason>>;
  readonly find: (id: number) => Promise<ListedCare | undefined>;
  /** Those that have not ended, the newest first: a page of at most `limit` before the id `before`. */
  readonly list: (page?: {
    readonly before?: number | undefined;
    readonly limit: number;
  }) => Promise<ListedCare[]>;
  /** The organisations that an account has the care of now; none while the setting is off. */
  readonly held: (account: { readonly id: number }) => Promise<readonly Siren[]>;
  /** Who of an organisation has which access, for who has its care; undefined for anybody else. */
  readonly colleagues: (
    account: { readonly id: number },
    siren: string,
    page: { readonly offset: number; readonly limit: number },
  ) => Promise<ColleaguePage | undefined>;
}

/** Builds it on its tables. */
export function createCares(parts: CareParts): Cares {
  const { clock, cares, isOn } = parts;
  const held: Cares["held"] = async ({ id }) => (isOn ? cares.held(id, clock.epochSeconds()) : []);
  return {
    give: (command) => give(parts, command),
    end: (id, by) => end(parts, id, by),
    find: (id) => cares.find(id, clock.epochSeconds()),
    list: (page = { limit: mostListed }) => cares.list(clock.epochSeconds(), page),
    held,
    colleagues: async (account, typed, { offset, limit }) => {
      const siren = (await held(account)).find((each) => each === typed);
      if (siren === undefined) return undefined;
      const wanted = { offset, limit: limit + 1 };
      const found = await cares.colleagues(siren, clock.epochSeconds(), wanted);
      return { accesses: found.slice(0, limit), hasMore: found.length > limit };
    },
  };
}

async function give(
  parts: CareParts,
  { email, siren: typed, reason: typedReason, by }: Parameters<Cares["give"]>[0],
): Promise<Outcome<Siren, CareReason>> {
  if (!parts.isOn) return refused({ reason: "organisations-off" });
  const parsed = parseSiren(typed);
  if (!parsed.accepted) return refused({ field: "siren", reason: "siren-format" });
  const why = readText(actReason, typedReason);
  if (!why.accepted) return why;
  const known = await parts.accounts.findByEmail(email);
  if (!known) return refused({ field: "email", reason: "account-unknown" });
  const siren = parsed.value;
  return writeCare(parts, known.account.sub, { siren, reason: why.value, by });
}

async function writeCare(
  parts: CareParts,
  sub: string,
  {
    siren,
    reason,
    by,
  }: { readonly siren: Siren; readonly reason: string | undefined; readonly by: Actor },
): Promise<Outcome<Siren, CareReason>> {
  const done: { why: CareReason } = { why: "account-not-active" };
  const outcome = await onHeld(
    parts,
    sub,
    { by, least: "agent" },
    async ({ account, transaction, tell: record }) => {
      const now = parts.clock.epochSeconds();
      if (account.state !== "active") return false;
      const cares = parts.cares.within(transaction);
      done.why = "no-access-there";
      if (!(await cares.hasAccess(account.id, siren, now))) return false;
      done.why = "care-held";
      const given = await cares.insert({
        ...{ accountId: account.id, siren, givenAt: now, givenBy: by },
        ...(reason !== undefined && { reason }),
      });
      if (!given) return false;
      await tell(parts, transaction, account, "organisations/care-given", siren);
      record(careEvent("organisation-care-given", { sub, siren, by }));
      return true;
    },
  );
  return outcome.accepted
    ? accepted(siren)
    : refused(refusalOf(outcome.problems[0].reason, done.why));
}

/** What its holder asked and waits is taken back with it: nobody asks for an organisation that is not theirs. */
async function end(parts: CareParts, id: number, by: Actor): Promise<Outcome<Siren, CareReason>> {
  const care = await parts.cares.find(id, parts.clock.epochSeconds());
  if (!care) return refused({ reason: "care-over" });
  const { sub, siren, accountId } = care;
  const outcome = await onHeld(
    parts,
    sub,
    { by, least: "agent" },
    async ({ account, transaction, tell: record }) => {
      const act = { at: parts.clock.epochSeconds(), by };
      const ended = await parts.cares.within(transaction).end(id, act);
      if (!ended) return false;
      await parts.requests.within(transaction).withdrawAll(accountId, siren, act);
      await tell(parts, transaction, account, "organisations/care-ended", siren);
      record(careEvent("organisation-care-ended", { sub, siren, by }));
      return true;
    },
  );
  if (!outcome.accepted) return refused(refusalOf(outcome.problems[0].reason, "care-over"));
  return accepted(siren);
}

function careEvent(
  name: "organisation-care-given" | "organisation-care-ended",
  { sub, siren, by }: { readonly sub: string; readonly siren: Siren; readonly by: Actor },
): SecurityEvent {
  return { name, outcome: "accepted", subject: { sub }, actor: by, details: { siren } };
}

function refusalOf(reason: "account-unchanged" | AuthorityReason, why: CareReason) {
  if (reason !== "account-unchanged") return { reason };
  const field = why === "care-over" ? undefined : why === "account-not-active" ? "email" : "siren";
  return { ...(field !== undefined && { field }), reason: why };
}

async function tell(
  { enqueue, organisationsUrl, contactUrl }: CareParts,
  transaction: Transaction,
  { email: to, sub: accountSub, locale }: { email: EmailAddress; sub: string; locale: "fr" | "en" },
  letter: "organisations/care-given" | "organisations/care-ended",
  siren: Siren,
): Promise<void> {
  const shown = formatSiren(siren);
  const url = letter === "organisations/care-given" ? organisationsUrl : contactUrl;
  await enqueue(transaction, { to, accountSub, locale, letter, model: { siren: shown, url } });
}

/** A SIREN as pages and letters show it, `130 025 265`. */
export function formatSiren(siren: Siren): string {
  return [siren.slice(0, 3), siren.slice(3, 6), siren.slice(6)].join(" ");
}

/** Whether an establishment is one of an organisation. */
export function isOf(siren: Siren, siret: Siret): boolean {
  return siret.startsWith(siren);
}
