import type { Account, LetterAgainReason, LettersAgain } from "../accounts/index.ts";
import {
  type Clock,
  type EmailAddress,
  type Outcome,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { AccessHistoryStore } from "./access-history-store.ts";
import {
  type AccessLetterName,
  type InvitationOutbox,
  type NamedInLetter,
  establishmentLetter,
} from "./access-letters.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import type { AccessRequest } from "./access-request.ts";
import { endNoticeSeconds } from "./access-store.ts";
import type { AccessEntry, Holder } from "./access.ts";
import { mayAct } from "./act-authority.ts";
import { toEstablishment } from "./establishment.ts";
import { HolderStore } from "./holder-store.ts";
import { named } from "./request-letters.ts";

/** What they are made of. */
export interface AccessLettersAgainParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: InvitationOutbox;
  /** Where the letters lead: the service, and one's own requests. */
  readonly serviceUrl: string;
  readonly requestsUrl: string;
}

/** What a letter says now; nothing when what it was about is over. */
interface Said {
  readonly establishments: readonly NamedInLetter[];
  readonly reason?: string | undefined;
}

type Say = (transaction: Transaction, holder: Holder, now: number) => Promise<Said>;

const mostRequests = 100;

/**
 * The letters of this room that can be made anew: what is open, what ends soon, what was asked and what was refused, as it is
 * now. A closing is told once: what is closed is not open, and the letter would be about a past that nobody may wish to see again.
 */
export function accessLettersAgain(parts: AccessLettersAgainParts): LettersAgain {
  const { serviceUrl, requestsUrl } = parts;
  const again = (letter: AccessLetterName, url: string, say: Say) => ({
    [letter]: (account: Pick<Account, "id">, by: string) =>
      makeAnew(parts, { letter, url, say }, account, by),
  });
  return {
    ...again("establishments/access-opened", serviceUrl, opened),
    ...again("establishments/access-ending", serviceUrl, ending),
    ...again("establishments/request-received", requestsUrl, received),
    ...again("establishments/request-refused", requestsUrl, refusedLately),
  };
}

/** One transaction holds the account, judges who asks, counts the letter and writes it. */
async function makeAnew(
  { database, clock, outbox }: AccessLettersAgainParts,
  {
    letter,
    url,
    say,
  }: { readonly letter: AccessLetterName; readonly url: string; readonly say: Say },
  { id }: Pick<Account, "id">,
  by: string,
): Promise<Outcome<EmailAddress, LetterAgainReason>> {
  return database.transaction(async (transaction) => {
    const holders = new HolderStore(transaction);
    const [holder] = await holders.hold([id], by);
    const why = (await mayAct(holders, by))(holder);
    if (why) return refused({ reason: why });
    if (holder?.state !== "active") return refused({ reason: "letter-over" });
    const { establishments, reason } = await say(transaction, holder, clock.epochSeconds());
    const made = establishmentLetter(letter, holder, establishments, { serviceUrl: url, reason });
    if (!made) return refused({ reason: "letter-over" });
    // Whoever presses: nobody's mailbox is filled from here.
    const allowed = await outbox.allow(transaction, letter, made.to);
    if (!allowed.has(made.to)) return refused({ reason: "letter-limit" });
    await outbox.enqueue(transaction, made);
    return accepted(made.to);
  });
}

const opened: Say = async (transaction, holder, now) => ({
  establishments: (await openTo(transaction, holder, now)).map(toNamed),
});

const ending: Say = async (transaction, holder, now) => {
  const open = await openTo(transaction, holder, now);
  const soon = open.filter(({ untilAt }) => (untilAt ?? Infinity) <= now + endNoticeSeconds);
  return { establishments: soon.map(toNamed) };
};

const received: Say = async (transaction, holder) => {
  const asked = await requestsOf(transaction, holder);
  const sirets = asked.flatMap((request) => siretsOf(request, "waiting"));
  return { establishments: await named(transaction, [...new Set(sirets)].sort()) };
};

/** Of the newest that was decided with a refusal. */
const refusedLately: Say = async (transaction, holder) => {
  const asked = await requestsOf(transaction, holder);
  const request = asked.find(
    (each) => each.state !== "waiting" && siretsOf(each, "refused").length > 0,
  );
  if (!request) return { establishments: [] };
  const establishments = await named(transaction, siretsOf(request, "refused"));
  const { state, reason, refusalReason } = request;
  return { establishments, reason: state === "refused" ? reason : refusalReason };
};

async function openTo(
  transaction: Transaction,
  { id: accountId }: Holder,
  now: number,
): Promise<AccessEntry[]> {
  const entries = await new AccessHistoryStore(transaction).list({ accountId }, now);
  return entries.filter(({ state }) => state === "open");
}

function requestsOf(transaction: Transaction, { id }: Holder): Promise<AccessRequest[]> {
  return new AccessRequestStore(transaction).ofAccount(id, mostRequests);
}

function siretsOf(
  { establishments }: AccessRequest,
  wanted: AccessRequest["state"],
): AccessRequest["sirets"] {
  return establishments.filter(({ state }) => state === wanted).map(({ siret }) => siret);
}

function toNamed({ siret, name, untilAt }: AccessEntry): NamedInLetter {
  return { ...toEstablishment(siret, name), untilAt };
}
