import type { Account, Administration, AdministrationReason } from "../accounts/index.ts";
import type { Accesses, Siret } from "../establishments/index.ts";
import { type Outcome, accepted } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";

/** What deleting an account needs. */
export interface DeletionParts {
  readonly administration: Administration;
  readonly accesses: Accesses;
  readonly record: RecordEvent;
}

/**
 * Deletes an account for good. Disabled first, so that nobody opens an access between the closing and the
 * erasure; closed while there is an address, because every access that ends is told by mail
 * (contract §4): who did not ask for it learns of it. Interrupted anywhere, the same act goes on.
 * @param by `operator`, or the `sub` of a member of staff
 * @returns the SIRETs that were closed; refused when somebody else deleted it meanwhile
 */
export async function deleteAccount(
  { administration, accesses, record }: DeletionParts,
  account: Account,
  by: string,
): Promise<Outcome<readonly Siret[], AdministrationReason>> {
  const disabled = await administration.setState(account.email, "disabled");
  if (disabled.accepted) {
    const subject = { sub: account.sub };
    await record({ name: "account-disabled", outcome: "accepted", subject, actor: by });
  }
  const entries = await accesses.list({ accountId: account.id });
  const sirets = entries.filter(({ state }) => state === "open").map(({ siret }) => siret);
  if (sirets.length > 0) await accesses.close({ account, sirets, reason: "compte supprimé", by });
  const erased = await administration.erase(account.email);
  return erased.accepted ? accepted(sirets) : erased;
}
