import { interactionPolicy } from "oidc-provider";
import type { Account } from "../accounts/index.ts";
import { asksTwoFactors, hasTwoFactors } from "./authentication-levels.ts";
import { ownClientId } from "./own-client.ts";

const { Check, Prompt } = interactionPolicy;

/** What says whether a second factor is to be asked. */
export interface SecondFactorPromptParts {
  readonly hasSecondFactor: (sub: string) => Promise<boolean>;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  /** Whether what an account holds now opens the back office. */
  readonly opensBackoffice: (account: Account) => Promise<boolean>;
}

/**
 * The second factor, once a session was signed in with the password: of everybody who has one turned on,
 * at every client, and of everybody when the client asks for it. Who has none turns one on there.
 */
export function secondFactorPrompt(
  parts: SecondFactorPromptParts,
): InstanceType<typeof interactionPolicy.Prompt> {
  const check = new Check(
    "second_factor_missing",
    "a second factor is required of the End-User",
    "login_required",
    async (ctx) => {
      const { accountId, amr } = ctx.oidc.session ?? {};
      if (accountId === undefined) return false;
      const isOwn = ctx.oidc.client?.clientId === ownClientId;
      if (isOwn && asksTwoFactors(ctx)) return isAskedByBackoffice(parts, accountId, amr);
      if (hasTwoFactors(amr)) return false;
      return asksTwoFactors(ctx) || parts.hasSecondFactor(accountId);
    },
  );
  const prompt = new Prompt({ name: "second_factor", requestable: false }, check);
  // The page asks again whether it is still needed, when the request is no more at hand.
  prompt.details = (ctx) => ({ askedByClient: asksTwoFactors(ctx) });
  return prompt;
}

/**
 * Our own pages ask for it on the way to the back office, of staff alone: a partner who strays there turns nothing on, only
 * to read that the place is not theirs. Of staff it asks for one that was turned on as such.
 */
async function isAskedByBackoffice(
  { findAccount, hasSecondFactor, opensBackoffice }: SecondFactorPromptParts,
  accountId: string,
  amr: readonly string[] | undefined,
): Promise<boolean> {
  const account = await findAccount(accountId);
  const isStrong = hasTwoFactors(amr);
  if (account?.role === undefined) return !isStrong && hasSecondFactor(accountId);
  return !isStrong || !(await opensBackoffice(account));
}
