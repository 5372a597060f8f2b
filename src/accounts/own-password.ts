import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Spending } from "../web/index.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { verifyCounted } from "./counted-verify.ts";
import { type KnownBrowserStore, browserName } from "./known-browser-store.ts";
import type { Passwords } from "./password.ts";
import type { SignInGuard } from "./sign-in-guard.ts";

/** Why the password of who is signed in is refused. */
export type OwnPasswordReason =
  "current-password-missing" | "current-password-wrong" | "too-many-attempts";

/** What checking it needs. */
export interface OwnPasswordParts {
  readonly accounts: AccountStore;
  readonly guard: SignInGuard;
  readonly knownBrowsers: KnownBrowserStore;
  readonly passwords: Passwords;
}

/** What a signed-in person spends, counted by their account: whoever shares their address keeps them out of nothing. */
export function spendingOf(account: Pick<Account, "sub">, spending: Spending): Spending {
  return { ...spending, spend: () => spending.spend(`account:${account.sub}`) };
}

/**
 * Checks the password of an account that a page is about. Counted like every check of a secret: a browser
 * left open is no place to guess at.
 * @param typed.field the field it was typed into
 * @param browserSecret the mark that this browser holds, if it has one
 * @param spending counts it before it costs, by the browser where the account knows it
 * @returns the account as it was read with the digest that the password was checked against
 */
export async function checkOwnPassword(
  { accounts, guard, knownBrowsers, passwords }: OwnPasswordParts,
  account: Account,
  typed: { readonly field: string; readonly password: string },
  browserSecret: string | undefined,
  spending?: Spending,
): Promise<Outcome<Account, OwnPasswordReason>> {
  const { field } = typed;
  const { id, email } = account;
  if (typed.password === "") return refused({ field, reason: "current-password-missing" });
  const browser = await knownBrowsers.find(account, browserSecret);
  await spending?.spend(browserName(browser));
  const attempt = await guard.begin({ email, browser });
  if (!attempt.accepted) return attempt;
  const found = await accounts.findByEmail(email);
  const known = found?.account.id === id ? found : undefined;
  const isRight = await verifyCounted(
    attempt.value,
    passwords,
    known?.passwordHash,
    typed.password,
  );
  if (!isRight || !known) return refused({ field, reason: "current-password-wrong" });
  await attempt.value.succeeded();
  return accepted(known.account);
}
