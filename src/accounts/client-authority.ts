import { AppError } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { AccountStore } from "./account-store.ts";
import { type Actor, authorityProblem, isPerson } from "./authority.ts";

/**
 * Judges who changes clients, with their row held until the change is written: an admin, or nobody of people.
 * @throws AppError 403 `staff-only`
 */
export async function mayChangeClients(transaction: Transaction, actor: Actor): Promise<void> {
  const held = isPerson(actor) ? await new AccountStore(transaction).hold([actor]) : [];
  if (authorityProblem({ actor, bearer: held[0], least: "admin" }))
    throw new AppError("staff-only", { status: 403 });
}
