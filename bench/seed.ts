import { hashSync } from "@node-rs/argon2";
import type { Database } from "../src/storage/index.ts";
import { benchAccounts, benchEmail, benchPassword, benchSiret } from "./targets.ts";

const rowsAnInsert = 100;

/** Writes as many accounts as are missing, with one open establishment each. */
export async function seedAccounts(database: Database): Promise<void> {
  const { knex } = database;
  const [present] = await knex("accounts").count<{ count: number }[]>({ count: "*" });
  const first = Number(present?.count);
  if (first >= benchAccounts) return;
  // OWASP's parameters, which src/accounts/password.ts uses; one hash for all, or seeding would take minutes.
  const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  const password_hash = hashSync(benchPassword, parameters);
  await database.transaction(async (transaction) => {
    const establishment = { siret: benchSiret, name: "Bench", created_at: 1, updated_at: 1 };
    await transaction("establishments").insert(establishment).onConflict("siret").ignore();
    const rows = Array.from({ length: benchAccounts - first }, (_, index) =>
      account(first + index, password_hash),
    );
    await transaction.batchInsert("accounts", rows, rowsAnInsert);
    const opened = { siret: benchSiret, opened_at: 1, opened_by: "operator" };
    const withAccess = transaction("accesses").select("account_id");
    const ids = await transaction("accounts")
      .select<{ id: number }[]>("id")
      .whereNotIn("id", withAccess);
    const accesses = ids.map(({ id }) => ({ account_id: id, ...opened }));
    await transaction.batchInsert("accesses", accesses, rowsAnInsert);
  });
}

function account(index: number, password_hash: string): object {
  return {
    sub: `bench-${index}`,
    email: benchEmail(index),
    given_name: "Jeanne",
    family_name: "Durand",
    locale: "fr",
    password_hash,
    state: "active",
    email_verified_at: 1,
    credentials_changed_at: 0,
    // Nobody is warned that the account is unused for years.
    created_at: Math.floor(Date.now() / 1000),
    updated_at: 1,
  };
}
