import type { Queryable } from "../storage/index.ts";
import type { SigningAlgorithm, SigningKey } from "./signing-keys.ts";

/** The `signing_keys` table. */
export class SigningKeyStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Every key, the one that signs first. */
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
      })
      .onConflict(["alg", "state"])
      .ignore();
  }
}

interface SigningKeyRow {
  kid: string;
  alg: SigningAlgorithm;
  state: SigningKey["state"];
  encrypted_jwk: string;
  created_at: number;
}
