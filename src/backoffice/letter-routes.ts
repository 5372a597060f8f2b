import { formFields, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl, permitted, recordAct, touched } from "./subject.ts";

/**
 * `/admin/accounts/:sub/letters/resend`: a letter that has not come is made anew, by the act of the room that owns it. The form names
 * it; what is not among those that can be made anew is answered as what is over.
 */
export function letterRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.act(
    "/admin/accounts/:sub/letters/resend",
    { role: "agent" },
    touched(parts, async (ctx, staff, account) => {
      const { letter } = formFields(ctx.request.body, ["letter"]);
      const again = Object.hasOwn(parts.lettersAgain, letter) && parts.lettersAgain[letter];
      if (!again) {
        seeOther(ctx, accountUrl(account), { done: "letter-over" });
        return;
      }
      const outcome = permitted(await again(account, staff.account.sub));
      const details = { letter };
      await recordAct(ctx, parts, staff, {
        ...{ name: "letter-sent-again", outcome, subject: account, details },
      });
      const done = outcome.accepted ? "letter" : outcome.problems[0].reason;
      seeOther(ctx, accountUrl(account), { done });
    }),
  );
}
