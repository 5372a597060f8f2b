import {
  type EmailAddress,
  type Outcome,
  type Problem,
  accepted,
  oneLine,
  readText,
  refused,
} from "../foundation/index.ts";
import type { EventContext } from "../operations/index.ts";
import type { OtherText } from "./other-text.ts";
import { type RefusedPiece, recogniseSirets } from "./recognised-sirets.ts";
import type { Siret } from "./siret.ts";

/** The most establishments of one request. */
export const mostSirets = 50;
/** The longest text that is searched for them: fifty, and the words around each; they are kept with the message. */
const longestTyped = 10_000;
/** What a partner writes beside what they ask for. */
const messageRule = { field: "message", word: "message", longest: 2000, hasLines: true } as const;
/** The most requests of one account that wait at a time. */
export const mostWaiting = 3;
/** The most requests of one account within 24 hours. */
export const mostADay = 10;

/** What became of one establishment of a request. */
export type AskedState = "waiting" | "accepted" | "refused" | "withdrawn";

/** One establishment of a request. */
export interface AskedEstablishment {
  readonly siret: Siret;
  readonly state: AskedState;
}

/** What a partner asks to be opened. Instants are epoch seconds. */
export interface AccessRequest {
  readonly id: number;
  readonly accountId: number;
  /** Ordered. */
  readonly sirets: readonly Siret[];
  /** The same, with what became of each. */
  readonly establishments: readonly AskedEstablishment[];
  readonly message?: string;
  /** The client whose « no access yet » page it was asked on. */
  readonly clientId?: string;
  /** `accepted` when a part of it was. */
  readonly state: AskedState;
  readonly askedAt: number;
  readonly decidedAt?: number;
  /** The `sub` of the member of staff, or `operator`. */
  readonly decidedBy?: string;
  /** Why it was refused, told to the person; or a note of who accepted it, kept with the accesses. */
  readonly reason?: string;
  /** Why a part of it was refused, when another was accepted; told to the person. */
  readonly refusalReason?: string;
  /** The `sub` of the member of staff who has it in charge, and since when. */
  readonly takenBy?: string;
  readonly takenAt?: number;
}

/** A request in the queue, with who asks. */
export interface QueuedRequest extends AccessRequest {
  readonly sub: string;
  /** Absent once the account is deleted. */
  readonly email?: EmailAddress;
  readonly givenName: string;
  readonly familyName: string;
}

/** What a partner asks, as typed. */
export interface AskCommand {
  readonly account: { readonly id: number };
  /** Any text that holds SIRETs. */
  readonly sirets: string;
  readonly message: string;
  /** Proposed for numbers of the text that were spoilt, and meant by the person. */
  readonly proposed?: readonly Siret[] | undefined;
  readonly clientId?: string | undefined;
  readonly context?: EventContext;
}

/** What is kept of what was asked: what is new in it. */
export interface Asked {
  readonly request: AccessRequest;
  /** The same was sent a moment ago: nothing was written, and nobody is told again. */
  readonly isRepeated: boolean;
  /** Asked for by an earlier request that waits. */
  readonly alreadyWaiting: readonly Siret[];
  readonly alreadyOpen: readonly Siret[];
}

/** Why a text is no list of SIRETs to ask for. */
export type AskedListReason =
  "sirets-missing" | `piece-${RefusedPiece["reason"]}` | "pieces-more" | "sirets-too-many";

/** Why a request is not kept. `sirets-waiting`, `sirets-open`: nothing in it is new. */
export type AskRefusal =
  | AskedListReason
  | "sirets-text-too-long"
  | "message-too-long"
  | "sirets-waiting"
  | "sirets-open"
  | "requests-waiting"
  | "requests-too-many"
  | "account-not-active";

/** Checks what can be known of a request before the register is asked. */
export function checkAsking({
  sirets: typed,
  message: typedMessage,
  proposed = [],
}: AskCommand): Outcome<
  { readonly sirets: readonly Siret[]; readonly message: string | undefined },
  AskRefusal
> {
  if (typed.length > longestTyped) return refused(tooLong);
  const { recognised, refused: pieces, others: unread } = recogniseSirets(typed);
  const sirets = [...new Set([...recognised.map(({ siret }) => siret), ...proposed])].sort();
  const message = readText(messageRule, typedMessage);
  const [first, ...others] = [
    ...askedListProblems(
      sirets.length,
      pieces.filter((piece) => !piece.proposed || !proposed.includes(piece.proposed)),
      mostSirets,
    ),
    ...(message.accepted ? [] : message.problems),
  ];
  if (first) return refused(first, ...others);
  const kept = withUnread(message.accepted ? message.value : undefined, unread);
  if (kept !== undefined && kept.length > messageRule.longest + longestTyped)
    return refused(tooLong);
  return accepted({ sirets, message: kept });
}

/** What is in the text besides would not all be kept. */
const tooLong = {
  field: "sirets",
  reason: "sirets-text-too-long",
  details: { maximum: longestTyped },
} as const;

/** How many numbers that cannot be read are named one by one; the others are counted. */
const mostNamed = 20;
const longestShown = 60;

/**
 * What is wrong with the SIRETs of a list that is asked for.
 * @param count how many it has
 * @param pieces numbers that are none
 * @param most how many it may have
 */
export function askedListProblems(
  count: number,
  pieces: readonly RefusedPiece[],
  most: number,
): Problem<AskedListReason>[] {
  const field = "sirets";
  const named = pieces.slice(0, mostNamed).map(({ line, typed, reason, proposed }) => {
    // As it was typed, and on one line of the page.
    const whole = typed.replace(/ /g, "\u00a0");
    const shown = whole.length > longestShown ? `${whole.slice(0, longestShown)}…` : whole;
    const details = { line, typed: shown, ...(proposed && { proposed }) };
    return { field, reason: `piece-${reason}` as const, details };
  });
  const more = pieces.length - named.length;
  if (more > 0) return [...named, { field, reason: "pieces-more", details: { count: more } }];
  if (named.length > 0) return named;
  if (count === 0) return [{ field, reason: "sirets-missing" }];
  return count <= most ? [] : [{ field, reason: "sirets-too-many", details: { maximum: most } }];
}

/** What the list says beside SIRETs is kept with the message, all of it: whoever decides reads it. */
export function withUnread(
  message: string | undefined,
  others: readonly OtherText[],
): string | undefined {
  const kept = others.flatMap(({ line, text }) => {
    const said = oneLine(text);
    return said === undefined ? [] : [`l. ${String(line)} : ${said}`];
  });
  const all = [...(message === undefined ? [] : [message]), ...kept];
  return all.length === 0 ? undefined : all.join("\n");
}
