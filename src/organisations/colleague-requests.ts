import { type Actor, onHeld, requiredActReason } from "../accounts/index.ts";
import type { Access, Siren } from "../establishments/index.ts";
import {
  type EmailAddress,
  type Outcome,
  accepted,
  refused,
  readText,
} from "../foundation/index.ts";
import type { Span, Transaction } from "../storage/index.ts";
import {
  type ColleagueAsk,
  type ColleagueAsked,
  type ColleagueRequestParts,
  askForColleague,
  colleagueRequestEvent,
} from "./colleague-ask.ts";
import type { ColleagueRequest, QueuedColleagueRequest } from "./colleague-request-store.ts";

/** Why a request is not decided as asked: those of the act behind it among them. */
export type ColleagueDecisionReason =
  | "organisations-off"
  | "request-not-waiting"
  | "care-over"
  | "own-account"
  | "access-not-open"
  | "reason-missing"
  | "reason-too-long"
  | "account-not-active"
  | (string & {});

/** What administrators of organisations ask for their colleagues; staff decide, by the acts that they have for it anyway. */
export interface ColleagueRequests {
  readonly ask: (ask: ColleagueAsk) => Promise<ColleagueAsked>;
  /** How many wait of what was asked until an instant (epoch seconds), the oldest and the newest. */
  readonly waitingSpan: (askedUntil: number) => Promise<Span>;
  readonly waiting: () => Promise<QueuedColleagueRequest[]>;
  readonly find: (id: number) => Promise<QueuedColleagueRequest | undefined>;
  /** How many of an account wait for an organisation. */
  readonly waitingCount: (account: { readonly id: number }, siren: Siren) => Promise<number>;
  readonly ofAccount: (
    account: { readonly id: number },
    siren: Siren,
  ) => Promise<readonly ColleagueRequest[]>;
  /** Opens, invites or closes, in the transaction that decides; by nobody who asked it. */
  readonly accept: (id: number, by: Actor) => Promise<Outcome<undefined, ColleagueDecisionReason>>;
  readonly refuse: (
    id: number,
    by: Actor,
    reason: string,
  ) => Promise<Outcome<undefined, ColleagueDecisionReason>>;
}

const mostShown = 50;
const mostListed = 200;

/** Builds it on its tables. */
export function createColleagueRequests(parts: ColleagueRequestParts): ColleagueRequests {
  const { requests } = parts;
  return {
    ask: (typed) => askForColleague(parts, typed),
    waitingSpan: (askedUntil) => requests.waitingSpan(askedUntil),
    waiting: () => requests.waiting(mostListed),
    find: (id) => requests.find(id),
    waitingCount: ({ id }, siren) => requests.waitingOf(id, siren),
    ofAccount: ({ id }, siren) => requests.ofAccount(id, mostShown, siren),
    accept: (id, by) => accept(parts, id, by),
    refuse: (id, by, reason) => refuse(parts, id, by, reason),
  };
}

/** Thrown in the transaction of an act to undo it: somebody else decided, who asked has the care no more, or nothing is closed. */
class Undone extends Error {
  readonly reason: "request-not-waiting" | "care-over" | "access-not-open";

  constructor(reason: Undone["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

async function accept(
  parts: ColleagueRequestParts,
  id: number,
  by: Actor,
): Promise<Outcome<undefined, ColleagueDecisionReason>> {
  // What waited when it was turned off may be refused, and has no other effect.
  if (!parts.isOn) return refused({ reason: "organisations-off" });
  const asked = await parts.requests.find(id);
  if (asked?.state !== "waiting" || asked.email === undefined)
    return refused({ reason: "request-not-waiting" });
  // Who asks does not decide, whoever it is for.
  if (asked.sub === by) return refused({ reason: "own-account" });
  let placed = () => Promise.resolve();
  const within = async (transaction: Transaction) => {
    const now = parts.clock.epochSeconds();
    const held = await parts.careStore.within(transaction).held(asked.accountId, now);
    if (!held.includes(asked.siren)) throw new Undone("care-over");
    const decision = { state: "accepted", by, at: now } as const;
    if (!(await parts.requests.within(transaction).decide(id, decision)))
      throw new Undone("request-not-waiting");
    const about = { ...asked, actor: by };
    const event = colleagueRequestEvent("colleague-request-accepted", about);
    placed = await parts.recordSoon(transaction, [event]);
  };
  try {
    const outcome = await carryOut(parts, asked, asked.email, { by, within });
    if (!outcome.accepted) return refused({ reason: outcome.problems[0].reason });
  } catch (error) {
    if (error instanceof Undone) return refused({ reason: error.reason });
    throw error;
  }
  await placed();
  return accepted(undefined);
}

/** By the acts that staff have: who may, the letters and the announcements are theirs. */
async function carryOut(
  parts: ColleagueRequestParts,
  { kind, siret }: ColleagueRequest,
  email: EmailAddress,
  { by, within }: { readonly by: Actor; readonly within: (of: Transaction) => Promise<void> },
): Promise<Outcome<unknown, string>> {
  const known = await parts.accounts.findByEmail(email);
  if (kind === "close") {
    if (!known) return refused({ reason: "access-not-open" });
    // An address may be another person's by now: nobody is told that an end came that did not.
    const closing = async (transaction: Transaction, closed: readonly Access[]) => {
      if (closed.length === 0) throw new Undone("access-not-open");
      await within(transaction);
    };
    return parts.accesses.close({ account: known.account, sirets: [siret], by, within: closing });
  }
  if (known) return parts.accesses.open({ account: known.account, sirets: [siret], by, within });
  const outcome = await parts.database.transaction(async (transaction) => {
    const invited = await parts.invitations.inviteWithin(transaction, {
      ...{ invites: [{ email, siret }], by },
    });
    if (invited.accepted) await within(transaction);
    return invited;
  });
  if (outcome.accepted) await outcome.value.announce();
  return outcome;
}

async function refuse(
  parts: ColleagueRequestParts,
  id: number,
  by: Actor,
  typed: string,
): Promise<Outcome<undefined, ColleagueDecisionReason>> {
  const read = readText(requiredActReason, typed);
  if (!read.accepted) return read;
  const reason = read.value;
  const asked = await parts.requests.find(id);
  if (asked?.state !== "waiting") return refused({ reason: "request-not-waiting" });
  const authority = { by, least: "agent" } as const;
  const outcome = await onHeld(parts, asked.sub, authority, async ({ transaction, tell }) => {
    const decision = { state: "refused", by, at: parts.clock.epochSeconds(), reason } as const;
    if (!(await parts.requests.within(transaction).decide(id, decision))) return false;
    const about = { ...asked, actor: by };
    tell(colleagueRequestEvent("colleague-request-refused", about));
    return true;
  });
  if (!outcome.accepted) {
    const [{ reason: why }] = outcome.problems;
    return refused({ reason: why === "account-unchanged" ? "request-not-waiting" : why });
  }
  return accepted(undefined);
}
