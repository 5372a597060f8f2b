import {
  type Clock,
  type Encryption,
  type Outcome,
  type Random,
  accepted,
  days,
  refused,
} from "../foundation/index.ts";
import { type RecordedTransactionParts, recordedTransaction } from "../house/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { Account } from "./account.ts";
import { writeRecoveryLink } from "./account-letters.ts";
import type { AllowLetters, Enqueue } from "./letter-ports.ts";
import type { AccountStore } from "./account-store.ts";
import type { OpenedIn } from "./current-account.ts";
import type { KnownBrowserStore } from "./known-browser-store.ts";
import type { LinkReason } from "./link.ts";
import type { OneTimeTokenStore } from "./one-time-token-store.ts";
import { shownInstant } from "./shown-dates.ts";

/** Where the letter's link leads. */
export const alertPath = "/unknown-browser";

/** How long the link opens: a letter read after a week off still helps. */
const alertLifeSeconds = days(7);

/** What tells a person of a sign-in from a browser that their account did not know, and undoes it. */
export interface BrowserAlerts {
  /**
   * Writes the letter. Not on the day that the account was made or its password recovered, while it knows no browser at
   * all: that the first one is new says nothing.
   */
  readonly tell: (account: Account, from: OpenedIn) => Promise<void>;
  /** Looks at a link and changes nothing. */
  readonly inspect: (link: string) => Promise<Outcome<Account, LinkReason>>;
  /**
   * Ends every session and token, forgets every browser and writes the letter of a recovery. What the link was mailed
   * under has changed then, so it does so once; and whoever has the link reads the mailbox, so no limit for strangers counts.
   */
  readonly endAll: (link: string, context?: EventContext) => Promise<Outcome<Account, LinkReason>>;
}

/** What they are built of. */
export interface BrowserAlertParts extends RecordedTransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
  readonly accounts: AccountStore;
  readonly knownBrowsers: KnownBrowserStore;
  readonly tokens: OneTimeTokenStore;
  readonly enqueue: Enqueue;
  readonly allow: AllowLetters;
  readonly issuer: string;
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/**
 * Builds them. The link is sealed and stored nowhere: it names the credentials that it was mailed under, and counts while
 * they are the account's. Rejected: a table of links, which would keep one row for each of them to say what the account says.
 */
export function createBrowserAlerts(parts: BrowserAlertParts): BrowserAlerts {
  return {
    inspect: (link) => inspect(parts, link),
    tell: async (account, from) => {
      if (!(await isQuiet(parts, account))) await writeAlert(parts, account, from);
    },
    endAll: async (link, context) => {
      const account = await inspect(parts, link);
      if (!account.accepted) return account;
      if (!(await voidAll(parts, account.value, context))) return refused({ reason: "link-used" });
      await parts.onCredentialsChanged(account.value.sub);
      return account;
    },
  };
}

/** The letter is written with the end of what was proven, of which there is no second. @returns false when it was ended before */
function voidAll(
  parts: BrowserAlertParts,
  account: Account,
  context: EventContext | undefined,
): Promise<boolean> {
  const { sub } = account;
  return recordedTransaction(parts, async (transaction, tell) => {
    const bound = parts.accounts.within(transaction);
    if (!(await bound.voidProofs(account, parts.clock.epochSeconds()))) return false;
    await parts.knownBrowsers.within(transaction).forgetAll(sub);
    const [now = account] = await bound.findAllBySub([sub]);
    await writeRecoveryLink(parts, transaction, now);
    tell({ name: "session-ended", outcome: "accepted", subject: { sub }, ...context });
    return true;
  });
}

async function inspect(
  { clock, accounts, encryption }: BrowserAlertParts,
  link: string,
): Promise<Outcome<Account, LinkReason>> {
  const mailed = opened(encryption, link);
  if (!mailed) return refused({ reason: "link-unknown" });
  if (mailed.at + alertLifeSeconds <= clock.epochSeconds())
    return refused({ reason: "link-expired" });
  const [account] = await accounts.findAllBySub([mailed.sub]);
  if (account?.state !== "active") return refused({ reason: "link-unknown" });
  return account.credentials === mailed.credentials
    ? accepted(account)
    : refused({ reason: "link-used" });
}

/** Of a sign-in that counts: what voided its proof while that was checked came first, and its link would be void. */
async function writeAlert(
  { database, clock, accounts, encryption, enqueue, allow, issuer }: BrowserAlertParts,
  { email, sub, locale, credentials }: Account,
  from: OpenedIn,
): Promise<void> {
  const letter = "accounts/new-browser";
  await database.transaction(async (transaction) => {
    const [held] = await accounts.within(transaction).hold([sub]);
    if (held?.credentials !== credentials) return;
    if (!(await allow(transaction, letter, email)).has(email)) return;
    const now = clock.epochSeconds();
    const link = encryption.encrypt(JSON.stringify([sub, credentials, now]), place);
    const url = `${issuer}${alertPath}/${link}`;
    const model = { url, ...from, at: shownInstant(now, locale) };
    await enqueue(transaction, { to: email, accountSub: sub, letter, locale, model });
  });
}

const place = "browser-alert";

async function isQuiet(
  { clock, knownBrowsers }: Pick<BrowserAlertParts, "clock" | "knownBrowsers">,
  { sub, createdAt, credentialsChangedAt }: Account,
): Promise<boolean> {
  const begun = Math.max(createdAt, credentialsChangedAt);
  if (clock.epochSeconds() - begun >= days(1)) return false;
  return (await knownBrowsers.list(sub)).length === 0;
}

interface Mailed {
  readonly sub: string;
  readonly credentials: string;
  readonly at: number;
}

function opened(encryption: Encryption, link: string): Mailed | undefined {
  try {
    const [sub, credentials, at] = JSON.parse(encryption.decrypt(link, place)) as [
      string,
      string,
      number,
    ];
    return { sub, credentials, at };
  } catch {
    // Typed, cut short, or sealed by a key that is gone.
    return undefined;
  }
}
