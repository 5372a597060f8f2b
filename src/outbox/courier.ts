import { type Outcome, faultWord, hours, refused, seconds } from "../foundation/index.ts";
import type { GivenUp } from "./giving-up.ts";
import type { ClaimedEntry } from "./outbox-store.ts";

/** The longest that a delivery lasts. The lease on an entry is longer, so no second sender takes it meanwhile. */
export const longestSendSeconds = seconds(30);

/**
 * Why something was not delivered. `refused-for-good`: the other side says that it will never do, and
 * there is no next try. `not-delivered`: another try may help. `details.cause` says more in machine words.
 */
export type DeliveryReason = "refused-for-good" | "not-delivered";

/** Of a delivery that failed by an error: what `MAIL_GUARD` keeps back is not tried again. */
export function failedDelivery(
  error: unknown,
  cause = faultWord(error) ?? "unknown",
): Outcome<undefined, DeliveryReason> {
  const isKept = (error as { code?: unknown } | undefined)?.code === "mail-guard";
  return refused({
    reason: isKept ? "refused-for-good" : "not-delivered",
    details: { cause: isKept ? "mail-guard" : cause },
  });
}

/** So long nodes that know whom an entry is for may stand beside others that do not: a deployment replaces them one by one. */
const deploymentSeconds = hours(12);

/**
 * Of an entry whose receiver this node does not know: another node may, by a newer declaration. What has waited for so long that
 * there is none is for nobody any more.
 */
export function mayBeKnownElsewhere(
  { createdAt }: Pick<ClaimedEntry, "createdAt">,
  now: number,
): boolean {
  return createdAt > now - deploymentSeconds;
}

/** Who brings the contents of one channel to the other side: an SMTP server, a relying party. */
export interface Courier {
  /**
   * What the other side gets, as it was added. Must end within {@link longestSendSeconds}, or within what it asks `hold` for
   * (seconds from that moment), so that no second sender takes the entry meanwhile.
   */
  readonly deliver: (
    content: unknown,
    entry: Pick<ClaimedEntry, "sequence" | "createdAt">,
    hold: (seconds: number) => void,
  ) => Promise<Outcome<undefined, DeliveryReason>>;
  /** How many deliveries travel at once. */
  readonly parallelSends: number;
  /** How many of them to one destination, so that one that hangs leaves senders for the others. */
  readonly parallelSendsADestination: number;
  /** Whether a destination gets what is about one account in the order it was added. */
  readonly inOrder?: boolean;
  /** Names of what somebody waits for: it goes before all else, whatever is due longer. */
  readonly awaited?: readonly string[];
  /** What is recorded of an entry, once, when there is no next try. */
  readonly givenUp: (entry: ClaimedEntry, error: string) => GivenUp;
  /** Ends every connection; deliveries under way are reported as not delivered. */
  readonly close: () => void;
}
