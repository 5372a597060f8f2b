import type { Queryable } from "../storage/index.ts";
import type { SigningAlgorithm, SigningKey } from "./signing-key.ts";

/** The `signing_keys` table. */
export class SigningKeyStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): SigningKeyStore {
    return new SigningKeyStore(transaction);
  }

  /** Every key, the ones that sign first. */
  async list(): Promise<SigningKey[]> {
    const rows = await this.#db<SigningKeyRow>("signing_keys").orderByRaw(
      "CASE state WHEN 'current' THEN 0 WHEN 'previous' THEN 1 ELSE 2 END, created_at, kid",
    );
    return rows.map((row) => ({
      kid: row.kid,
      alg: row.alg,
      state: row.state,
      encryptedJwk: row.encrypted_jwk,
      createdAt: row.created_at,
      currentSince: row.current_since_at ?? undefined,
      retiredAt: row.retired_at ?? undefined,
    }));
  }

  /** Keeps a key, unless its algorithm has one in this state already. */
  async insert(key: SigningKey): Promise<void> {
    await this.#db("signing_keys")
      .insert({
        kid: key.kid,
        alg: key.alg,
        state: key.state,
        encrypted_jwk: key.encryptedJwk,
        created_at: key.createdAt,
        current_since_at: key.currentSince ?? null,
        retired_at: key.retiredAt ?? null,
      })
      .onConflict(this.#db.raw("(alg, state) WHERE state <> 'previous'"))
      .ignore();
  }

  /** The current key signs no more; it verifies until it is removed. False when it is not current. */
  async retire(kid: string, now: number): Promise<boolean> {
    return this.#move(kid, "current", { state: "previous", retired_at: now });
  }

  /** The next key signs from now on. False when it is not next. */
  async promote(kid: string, now: number): Promise<boolean> {
    return this.#move(kid, "next", { state: "current", current_since_at: now });
  }

  /** Takes a key away. False when it is not in this state any more. */
  async remove({ kid, state }: Pick<SigningKey, "kid" | "state">): Promise<boolean> {
    return (await this.#db("signing_keys").where({ kid, state }).delete()) === 1;
  }

  /** @returns how many keys retired before this instant were removed */
  async removeRetired(before: number): Promise<number> {
    return this.#db("signing_keys")
      .where("state", "previous")
      .where("retired_at", "<=", before)
      .delete();
  }

  async #move(kid: string, from: SigningKey["state"], values: object): Promise<boolean> {
    return (await this.#db("signing_keys").where({ kid, state: from }).update(values)) === 1;
  }
}

interface SigningKeyRow {
  kid: string;
  alg: SigningAlgorithm;
  state: SigningKey["state"];
  encrypted_jwk: string;
  created_at: number;
  current_since_at: number | null;
  retired_at: number | null;
}
