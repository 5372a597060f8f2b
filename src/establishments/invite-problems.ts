import type { EmailAddress, Problem } from "../foundation/index.ts";
import type { Invite, InviteRefusal } from "./invitation.ts";

/**
 * Why these cannot be invited, each by its place.
 * @param known addresses that have an account
 * @param now epoch seconds
 */
export function inviteProblems(
  invites: readonly Invite[],
  known: ReadonlySet<EmailAddress>,
  now: number,
): Problem<InviteRefusal>[] {
  return invites.flatMap(({ email, untilAt }, opening): Problem<InviteRefusal>[] => {
    const details = { opening };
    if (untilAt !== undefined && untilAt <= now)
      return [{ field: "untilAt", reason: "until-passed", details }];
    return known.has(email) ? [{ field: "email", reason: "account-known", details }] : [];
  });
}
