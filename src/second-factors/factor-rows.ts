import type { Transaction } from "../storage/index.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { TotpStore } from "./totp-store.ts";

/** What is turned on: credentials of passkeys, and undefined for an application. */
export async function factorsOf(
  transaction: Transaction,
  sub: string,
): Promise<readonly (string | undefined)[]> {
  const totp = await new TotpStore(transaction).find(sub);
  const passkeys = await new PasskeyStore(transaction).list(sub);
  return [...(totp ? [undefined] : []), ...passkeys.map(({ credentialId }) => credentialId)];
}

/** Takes every factor and recovery code away. @returns whether there was a factor */
export async function removeAllFactors(transaction: Transaction, sub: string): Promise<boolean> {
  const had = await factorsOf(transaction, sub);
  await new TotpStore(transaction).remove(sub);
  await new PasskeyStore(transaction).removeAll(sub);
  // Codes of no factor are good for nothing.
  await new RecoveryCodeStore(transaction).removeAll(sub);
  return had.length > 0;
}
