import type { Account } from "../accounts/index.ts";
import type { Joined } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { PasskeyStore, type StoredPasskey } from "./passkey-store.ts";
import { TotpStore } from "./totp-store.ts";

/** What kind of credential a factor is, in the words of CAEP 1.0 §3.3. */
export type FactorKind = "app" | "fido2-platform" | "fido2-roaming";

/** What one act did to the factors of an account. */
export interface FactorsChanged {
  readonly account: Account;
  readonly added: readonly FactorKind[];
  readonly removed: readonly FactorKind[];
  /** `raised`: from now on every sign-in takes a second factor; `lowered`: none does. */
  readonly level: "raised" | "lowered" | undefined;
  /** Whether its own person did it, or staff. */
  readonly by: "user" | "admin";
}

/** Told in the transaction that changes factors. */
export type FactorsChangedWithin = Joined<[transaction: Transaction, changed: FactorsChanged]>;

/**
 * Does `work` and tells, in its transaction, what it changed about the factors of an account. Where nobody listens nothing
 * more is read.
 */
export async function tellingFactors<Result>(
  changedWithin: FactorsChangedWithin | undefined,
  transaction: Transaction,
  { account, by }: Pick<FactorsChanged, "account" | "by">,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!changedWithin?.isJoined()) return work();
  const before = await heldFactors(transaction, account.sub);
  const result = await work();
  const after = await heldFactors(transaction, account.sub);
  const added = [...after].filter(([id]) => !before.has(id)).map(([, kind]) => kind);
  const removed = [...before].filter(([id]) => !after.has(id)).map(([, kind]) => kind);
  if (added.length + removed.length === 0) return result;
  const wasHeld = before.size > 0;
  const changes = wasHeld !== after.size > 0;
  const level = changes ? (wasHeld ? "lowered" : "raised") : undefined;
  await changedWithin.tell(transaction, { account, by, added, removed, level });
  return result;
}

async function heldFactors(
  transaction: Transaction,
  sub: string,
): Promise<ReadonlyMap<string, FactorKind>> {
  const totp = await new TotpStore(transaction).find(sub);
  const passkeys = await new PasskeyStore(transaction).list(sub);
  return new Map<string, FactorKind>([
    ...(totp ? [[`app ${totp.encryptedSecret}`, "app"] as const] : []),
    ...passkeys.map((each) => [each.credentialId, kindOf(each)] as const),
  ]);
}

/** A key that its maker synchronises lives in a platform; so does one that its device reaches by no cable or radio. */
function kindOf({ synchronised, transports }: StoredPasskey): FactorKind {
  return synchronised || transports.includes("internal") ? "fido2-platform" : "fido2-roaming";
}
