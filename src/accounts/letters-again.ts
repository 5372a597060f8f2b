import {
  type Clock,
  type EmailAddress,
  type Outcome,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Account } from "./account.ts";
import type { AddressChangeParts } from "./address-change.ts";
import { writeAddressLink } from "./address-link.ts";
import { type CorrectionParts, writeCorrectionLink } from "./address-correction.ts";
import { type Administration, onHeld } from "./administration.ts";
import type { Actor, AuthorityReason } from "./authority.ts";
import { stillCounts } from "./credentials.ts";

/** Why a letter is not made anew. */
export type LetterAgainReason =
  /** What it was about is over: a link used or expired, a request decided. */
  | "letter-over"
  /** The address had its share of this kind. */
  | "letter-limit"
  | "resend-too-soon"
  | AuthorityReason;

/**
 * Makes a letter anew, for who says that it has not come: by what is true now, with a link of its own, and never the old text,
 * which is erased once it is sent. @returns where it goes
 */
export type LetterAgain = (
  account: Pick<Account, "id" | "sub" | "email">,
  by: Actor,
) => Promise<Outcome<EmailAddress, LetterAgainReason>>;

/** The letters of a room that can be made anew, by name. A notice of what happened once is not among them. */
export type LettersAgain = Readonly<Partial<Record<string, LetterAgain>>>;

/** What they are made of. */
export interface LettersAgainParts extends AddressChangeParts, CorrectionParts {
  readonly clock: Clock;
  readonly administration: Pick<Administration, "askRecovery">;
}

/** The letters of accounts. That of a sign-up that waits is asked for by {@link PendingSignUps}: it has no account. */
export function accountLettersAgain(parts: LettersAgainParts): LettersAgain {
  return {
    "accounts/recovery": async ({ email }, by) => {
      const outcome = await parts.administration.askRecovery(email, by);
      if (outcome.accepted) return accepted(outcome.value.email);
      const [{ reason }] = outcome.problems;
      return refused({ reason: isOfAuthority(reason) ? reason : "letter-over" });
    },
    "accounts/address-change": addressLetter(parts, false),
    "accounts/address-correction": addressLetter(parts, true),
  };
}

function isOfAuthority(reason: string): reason is AuthorityReason {
  return ["own-account", "colleague-account", "role-too-low"].includes(reason);
}

/** The link to the new address of an account; the one that was sent is void from then on. */
function addressLetter(parts: LettersAgainParts, byStaff: boolean): LetterAgain {
  return async ({ sub }, by) => {
    const done: { came: "written" | LetterAgainReason; to?: EmailAddress } = {
      came: "letter-over",
    };
    const authority = { by, least: "agent" } as const;
    const outcome = await onHeld(parts, sub, authority, async ({ account, transaction }) => {
      const now = parts.clock.epochSeconds();
      const change = await parts.addressChanges.within(transaction).waitingOf(sub, now);
      const isMeant = change && (change.askedBy !== undefined) === byStaff;
      if (!isMeant || account.state !== "active") return false;
      const asked = { credentials: change.credentials, at: change.createdAt };
      if (!stillCounts(asked, account, parts.clock)) return false;
      const { email, askedBy } = change;
      done.to = email;
      done.came =
        askedBy === undefined
          ? await writeAddressLink(parts, transaction, account, { email, now })
          : // Who presses vouches: the one who asked first may have no role any more.
            await writeCorrectionLink(parts, transaction, account, { email, now, askedBy: by });
      return done.came === "written";
    });
    if (outcome.accepted && done.to !== undefined) return accepted(done.to);
    const [{ reason }] = outcome.accepted ? [{ reason: done.came }] : outcome.problems;
    if (isOfAuthority(reason)) return refused({ reason });
    return refused({ reason: done.came === "written" ? "letter-over" : done.came });
  };
}
