import { interactionPolicy } from "oidc-provider";
import { type Account, isIdleStaff, noteStaffPresence } from "../accounts/index.ts";
import type { Clock } from "../foundation/index.ts";
import { provenAt } from "./session-life.ts";
import { idOf } from "./session-name.ts";

/** Why staff are asked to sign in again. */
export const staffIdleReason = "staff_idle";

/** What says whether a session is of staff, and idle. */
export interface StaffIdleParts {
  readonly clock: Clock;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
}

/**
 * A session of staff ends by idleness at relying parties as it does at our own pages. What a person does there is activity;
 * what a page asks by itself (`prompt=none`) is none.
 */
export function staffIdle({ findAccount, clock }: StaffIdleParts): interactionPolicy.Check {
  return new interactionPolicy.Check(
    staffIdleReason,
    "End-User authentication is required",
    "login_required",
    async (ctx) => {
      const { session, result, prompts } = ctx.oidc;
      // An answer that has just come is no idleness: its age is judged by `max_age` alone.
      if (session?.accountId === undefined || result?.login) return false;
      const account = await findAccount(session.accountId);
      if (!account) return false;
      const judged = { id: idOf(session), authenticatedAt: provenAt(session, clock) };
      if (isIdleStaff(ctx, account, judged, clock)) return true;
      if (!prompts.has("none")) noteStaffPresence(ctx, account, judged, clock);
      return false;
    },
  );
}
