import type { Database, Lookup } from "../storage/index.ts";

/** Whether an account has a second factor, on the path of every authorization without one: one look-up by key. */
export class HeldFactorsStore {
  readonly #held: Lookup<{ readonly held: number }>;

  constructor(database: Database) {
    this.#held = database.lookup(
      "held second factors",
      `SELECT 1 AS held FROM totp_factors WHERE account_sub = ?
        UNION SELECT 1 AS held FROM passkeys WHERE account_sub = ?`,
    );
  }

  async has(accountSub: string): Promise<boolean> {
    return (await this.#held(accountSub, accountSub)).length > 0;
  }
}
