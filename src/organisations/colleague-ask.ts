import {
  type Account,
  type AccountStore,
  type Actor,
  type TypedEmailReason,
  readEmail,
} from "../accounts/index.ts";
import {
  type Accesses,
  type AskedListReason,
  type Invitations,
  type Siren,
  type Siret,
  askedListProblems,
  recogniseSirets,
  withUnread,
} from "../establishments/index.ts";
import {
  type Clock,
  type EmailAddress,
  type Outcome,
  accepted,
  refused,
  readText,
} from "../foundation/index.ts";
import { type RecordSoon, recordedTransaction } from "../house/index.ts";
import type { EventName, SecurityEvent } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { CareStore } from "./care-store.ts";
import { type Cares, isOf } from "./cares.ts";
import type { ColleagueRequest, ColleagueRequestStore } from "./colleague-request-store.ts";

/** Why a request for a colleague is not kept. */
export type ColleagueAskReason =
  | "care-over"
  | TypedEmailReason
  | AskedListReason
  | "sirets-text-too-long"
  /** One of them is another organisation's. */
  | "siret-elsewhere"
  | "message-too-long"
  /** Each of them is open to the address already, or, of an end, none is. */
  | "nothing-to-ask"
  | "colleague-requests-waiting";

/** What it is built of. */
export interface ColleagueRequestParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly recordSoon: RecordSoon;
  readonly accounts: AccountStore;
  readonly accesses: Pick<Accesses, "open" | "close">;
  readonly invitations: Pick<Invitations, "inviteWithin">;
  readonly careStore: CareStore;
  readonly requests: ColleagueRequestStore;
  readonly cares: Cares;
  /** `ORGANISATION_ADMINS`. */
  readonly isOn: boolean;
}

/** A request as it is typed. */
export interface ColleagueAsk {
  readonly account: Pick<Account, "id" | "sub">;
  readonly siren: string;
  readonly kind: ColleagueRequest["kind"];
  readonly email: string;
  /** Any text that holds SIRETs. */
  readonly sirets: string;
  readonly message: string;
}

/** What came of it: how many began to wait, and how many waited before. */
export type ColleagueAsked = Outcome<
  { readonly asked: number; readonly waiting: number },
  ColleagueAskReason
>;

const mostWaiting = 50;
const mostSirets = 20;
/** What of the text is no SIRET is kept with the message. */
const longestText = 5000;

/** What an administrator writes beside what they ask for. */
const messageRule = { field: "message", word: "message", longest: 500 } as const;

/** Keeps what is new of a request for a colleague, for who has the care of the organisation at that moment. */
export async function askForColleague(
  parts: ColleagueRequestParts,
  typed: ColleagueAsk,
): Promise<ColleagueAsked> {
  const { account, kind } = typed;
  const siren = (await parts.cares.held(account)).find((each) => each === typed.siren);
  if (siren === undefined) return refused({ reason: "care-over" });
  const checked = checkAsk(typed, siren);
  if (!checked.accepted) return checked;
  const { email, sirets, message } = checked.value;
  return recordedTransaction(parts, async (transaction, tell) => {
    // Whoever presses twice, or ends the care meanwhile, stands in line behind the account's row.
    await parts.accounts.within(transaction).hold([account.sub]);
    const now = parts.clock.epochSeconds();
    const cares = parts.careStore.within(transaction);
    if (!(await cares.held(account.id, now)).includes(siren))
      return refused({ reason: "care-over" as const });
    const meant: Siret[] = [];
    for (const siret of sirets) {
      const isOpen = await cares.isOpenTo(email, siret, now);
      if (isOpen === (kind === "close")) meant.push(siret);
    }
    if (meant.length === 0) return refused({ reason: "nothing-to-ask" as const });
    const store = parts.requests.within(transaction);
    if ((await store.waitingOf(account.id)) + meant.length > mostWaiting) {
      const details = { maximum: mostWaiting };
      return refused({ reason: "colleague-requests-waiting" as const, details });
    }
    const common = { accountId: account.id, siren, kind, email, message, askedAt: now };
    const asked = await store.insertMissing(meant.map((siret) => ({ ...common, siret })));
    if (asked > 0) {
      const about = { ...account, siren, kind };
      tell(colleagueRequestEvent("colleague-request-made", about));
    }
    return accepted({ asked, waiting: meant.length - asked });
  });
}

function checkAsk(
  { email: typedEmail, sirets: text, message: typedMessage }: ColleagueAsk,
  siren: Siren,
): Outcome<
  {
    readonly email: EmailAddress;
    readonly sirets: readonly Siret[];
    readonly message: string | undefined;
  },
  ColleagueAskReason
> {
  const email = readEmail(typedEmail);
  if (!email.accepted) return email;
  const field = "sirets";
  if (text.length > longestText) {
    const details = { maximum: longestText };
    return refused({ field, reason: "sirets-text-too-long", details });
  }
  const { recognised, refused: pieces, others } = recogniseSirets(text);
  const sirets = recognised.map(({ siret }) => siret).sort();
  const [first, ...more] = askedListProblems(sirets.length, pieces, mostSirets);
  if (first) return refused(first, ...more);
  if (sirets.some((siret) => !isOf(siren, siret)))
    return refused({ field, reason: "siret-elsewhere" });
  const message = readText(messageRule, typedMessage);
  return message.accepted
    ? accepted({ email: email.value, sirets, message: withUnread(message.value, others) })
    : message;
}

/** What became of a request. */
export function colleagueRequestEvent(
  name: Extract<EventName, `colleague-request-${string}`>,
  about: {
    readonly sub: string;
    readonly siren: Siren;
    readonly kind: string;
    readonly actor?: Actor;
  },
): SecurityEvent {
  const { sub, siren, kind, actor } = about;
  const event = { name, outcome: "accepted", subject: { sub }, details: { siren, kind } } as const;
  return { ...event, ...(actor !== undefined && { actor }) };
}
