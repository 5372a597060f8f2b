import { type EmailAddress, digest } from "../foundation/index.ts";
import { type Queryable, someRows } from "../storage/index.ts";

/** A change of address that waits for its mailed link, or was made by it. */
export interface AddressChange {
  readonly accountSub: string;
  /** The new address: where the link was sent. */
  readonly email: EmailAddress;
  /** The credentials of its account that it was asked for under. */
  readonly credentials: string | undefined;
  /** Who of the staff asked for it; undefined: its person did. */
  readonly askedBy?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly consumedAt: number | undefined;
}

/** The `address_changes` table: one an account, the newest; digests alone, never a link's secret. */
export class AddressChangeStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): AddressChangeStore {
    return new AddressChangeStore(transaction);
  }

  /**
   * Puts a change in the place of the account's older one, whose link is void from now on.
   * @returns false when the older one was made after `notSince`: one letter at a time, in one statement
   */
  async replace(
    secret: string,
    change: Omit<AddressChange, "consumedAt">,
    notSince: number,
  ): Promise<boolean> {
    const { accountSub, email, credentials, askedBy, createdAt, expiresAt } = change;
    const row = {
      digest: digest(secret),
      email,
      credentials: credentials ?? null,
      asked_by: askedBy ?? null,
      created_at: createdAt,
      expires_at: expiresAt,
      consumed_at: null,
    };
    const written = await this.#db("address_changes")
      .insert({ account_sub: accountSub, ...row })
      .onConflict("account_sub")
      .merge(row)
      // An instant in the future is a clock that stepped back: it must not silence who asks again.
      .whereRaw("(address_changes.created_at <= ? OR address_changes.created_at > ?)", [
        ...[notSince, createdAt],
      ])
      .returning("account_sub");
    return written.length === 1;
  }

  /** When the account last asked for one. */
  async lastAskedAt(accountSub: string): Promise<number | undefined> {
    const row = await this.#db("address_changes")
      .where({ account_sub: accountSub })
      .first<{ created_at: number } | undefined>("created_at");
    return row?.created_at;
  }

  /** What an account waits for: a change whose link still opens, by its age. */
  async waitingOf(accountSub: string, now: number): Promise<AddressChange | undefined> {
    const row = await this.#db<AddressChangeRow>("address_changes")
      .where({ account_sub: accountSub })
      .whereNull("consumed_at")
      .where("expires_at", ">", now)
      .first();
    return row && toChange(row);
  }

  async find(secret: string): Promise<AddressChange | undefined> {
    const row = await this.#db<AddressChangeRow>("address_changes")
      .where({ digest: digest(secret) })
      .first();
    return row && toChange(row);
  }

  /** Uses the link up: true exactly once, and only while it is valid. */
  async consume(secret: string, now: number): Promise<boolean> {
    const consumed = await this.#db("address_changes")
      .where({ digest: digest(secret) })
      .whereNull("consumed_at")
      .where("expires_at", ">", now)
      .update({ consumed_at: now });
    return consumed === 1;
  }

  /** Forgets what an account has asked for: its password changed, or it is gone. */
  async removeOf(accountSub: string): Promise<void> {
    await this.#db("address_changes").where({ account_sub: accountSub }).delete();
  }

  /** @returns how many were erased: those whose validity ended before `before` */
  async removeExpired(before: number): Promise<number> {
    return someRows(this.#db, "address_changes", ["account_sub"], (expired) => {
      void expired.where("expires_at", "<=", before);
    }).delete();
  }
}

interface AddressChangeRow {
  digest: string;
  account_sub: string;
  email: string;
  credentials: string | null;
  asked_by: string | null;
  created_at: number;
  expires_at: number;
  consumed_at: number | null;
}

function toChange(row: AddressChangeRow): AddressChange {
  return {
    accountSub: row.account_sub,
    email: row.email as EmailAddress,
    credentials: row.credentials ?? undefined,
    askedBy: row.asked_by ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
  };
}
