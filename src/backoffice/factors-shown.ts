import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import type { PageModels } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { moments } from "./shown.ts";

/** The second factors of a person as staff see them: when each was turned on and used, and nothing of what they are. */
export async function showFactors(
  ctx: Context,
  { secondFactors }: Pick<BackofficeParts, "secondFactors">,
  { sub }: Pick<Account, "sub">,
): Promise<PageModels["backoffice/staff-account"]["factors"]> {
  const [{ totpSince, recoveryCodesLeft }, passkeys] = await Promise.all([
    secondFactors.held(sub),
    secondFactors.passkeys.list(sub),
  ]);
  const { day } = moments(ctx);
  const shown = (at: number | undefined) => (at === undefined ? undefined : day(at));
  return {
    application: shown(totpSince),
    passkeys: passkeys.map(({ name, createdAt, lastUsedAt }) => ({
      ...{ name, since: day(createdAt), lastUsed: shown(lastUsedAt) },
    })),
    codesLeft: recoveryCodesLeft,
  };
}
