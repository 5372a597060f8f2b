import type Router from "@koa/router";
import type { SignedInDoors } from "../accounts/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { requestEvent, requestOrigin, seeOther } from "../web/index.ts";
import { askNewCodes, isConfirmed } from "./factor-questions.ts";
import { showRecoveryCodes } from "./recovery-codes-page.ts";
import type { SecondFactors } from "./second-factors.ts";
import { codesPath, home, renewalPath } from "./security-pages.ts";
import type { ShownCodesCookie } from "./shown-codes.ts";

/** What they are served with. */
export interface RecoveryCodeRouteParts extends SignedInDoors {
  readonly secondFactors: SecondFactors;
  readonly shownCodes: ShownCodesCookie;
  readonly record: RecordEvent;
}

/** Ten new codes, asked first where older ones end by it; they are shown once. */
export function addRecoveryCodeRoutes(router: Router, parts: RecoveryCodeRouteParts): void {
  const { shownCodes, secondFactors } = parts;
  router.post(
    renewalPath,
    parts.freshlySignedIn(home, async (ctx, account) => {
      if (!isConfirmed(ctx) && (await secondFactors.has(account.sub)))
        return askNewCodes(ctx, parts, account);
      const outcome = await secondFactors.renewRecoveryCodes(account, requestOrigin(ctx));
      if (!outcome.accepted) {
        const { sub } = account;
        const about = { subject: { sub } };
        await parts.record(requestEvent(ctx, "recovery-codes-renewed", outcome, about));
        seeOther(ctx, home);
        return;
      }
      const made = { method: "otp", recoveryCodes: outcome.value } as const;
      shownCodes.set(ctx, codesPath, account.sub, made);
      seeOther(ctx, codesPath);
    }),
  );
  router.get(
    codesPath,
    parts.signedIn(home, async (ctx, account) => {
      const shown = shownCodes.find(ctx, codesPath, account.sub);
      if (!shown) {
        seeOther(ctx, home);
        return;
      }
      const { email } = account;
      await showRecoveryCodes(ctx, { action: codesPath, email, codes: shown.codes });
    }),
  );
  router.post(
    codesPath,
    parts.signedIn(home, (ctx) => {
      shownCodes.clear(ctx, codesPath);
      seeOther(ctx, home);
    }),
  );
}
