import type { Context } from "koa";
import type { PendingSignUp } from "../accounts/index.ts";
import type { ListedSignUp } from "./work-page-models.ts";
import { moments } from "./shown.ts";

/** A sign-up that waits, for a page. */
export function pendingRow(
  ctx: Context,
  { id, email, givenName, familyName, createdAt }: PendingSignUp,
  mayResend: boolean,
): ListedSignUp {
  return {
    name: `${givenName} ${familyName}`,
    email,
    since: moments(ctx).instant(createdAt),
    resendAction: mayResend ? `/admin/sign-ups/${id}/resend` : undefined,
  };
}
