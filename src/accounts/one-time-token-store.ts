import { type EmailAddress, digest } from "../foundation/index.ts";
import { type Queryable, someRows } from "../storage/index.ts";
import type { Account } from "./account.ts";

/** What a mailed link is for; a token of one purpose is never found as another's. */
export type TokenPurpose = "validation" | "recovery";

/** A mailed link: single use, bound to the address it was sent to, void once a newer one exists. */
export interface OneTimeToken {
  readonly purpose: TokenPurpose;
  /** Undefined once it was erased, long after the link's end. */
  readonly email: EmailAddress | undefined;
  readonly pendingSignUpId: string | undefined;
  readonly accountId: number | undefined;
  readonly clientId: string | undefined;
  /** The credentials of its account that it was mailed under. */
  readonly credentials?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly consumedAt: number | undefined;
  readonly supersededAt: number | undefined;
}

/** What a token is issued for. */
export type NewToken = Omit<OneTimeToken, "consumedAt" | "supersededAt"> & {
  readonly email: EmailAddress;
};

/** The `one_time_tokens` table: digests alone, never a token. */
export class OneTimeTokenStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): OneTimeTokenStore {
    return new OneTimeTokenStore(transaction);
  }

  /** Stores a new token and voids the older ones of the same sign-up or account. */
  async insert(secret: string, token: NewToken): Promise<void> {
    const owner = {
      purpose: token.purpose,
      pending_sign_up_id: token.pendingSignUpId ?? null,
      account_id: token.accountId ?? null,
    };
    await this.#db("one_time_tokens")
      .where(owner)
      .whereNull("superseded_at")
      .whereNull("consumed_at")
      .update({ superseded_at: token.createdAt });
    await this.#db("one_time_tokens").insert({
      ...owner,
      digest: digest(secret),
      email: token.email,
      client_id: token.clientId ?? null,
      credentials: token.credentials ?? null,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
    });
  }

  async find(purpose: TokenPurpose, secret: string): Promise<OneTimeToken | undefined> {
    const row = await this.#db("one_time_tokens")
      .where({ digest: digest(secret), purpose })
      .first<TokenRow | undefined>();
    return row && toToken(row);
  }

  /** Uses the token up: true exactly once, and only while it is valid. */
  async consume(purpose: TokenPurpose, secret: string, now: number): Promise<boolean> {
    const consumed = await this.#db("one_time_tokens")
      .where({ digest: digest(secret), purpose })
      .whereNull("consumed_at")
      .whereNull("superseded_at")
      .where("expires_at", ">", now)
      .update({ consumed_at: now });
    return consumed === 1;
  }

  /**
   * Whether one that opens still was issued for this account after `since`, and by now: one that is ahead of the clock was
   * issued by a clock that was put back, and one of other credentials opens nothing.
   */
  async hasOpenedSince(
    purpose: TokenPurpose,
    { id, credentials }: Pick<Account, "id" | "credentials">,
    since: number,
    now: number,
  ): Promise<boolean> {
    const issued = await this.#db("one_time_tokens")
      .where({ purpose, account_id: id, credentials })
      .where("created_at", ">", since)
      .where("created_at", "<=", now)
      .whereNull("superseded_at")
      .whereNull("consumed_at")
      .first<object | undefined>("digest");
    return issued !== undefined;
  }

  /** Voids every link of an account: its password changed, or it is gone. */
  async supersedeOfAccount(accountId: number, now: number): Promise<void> {
    await this.#db("one_time_tokens")
      .where({ account_id: accountId })
      .whereNull("superseded_at")
      .whereNull("consumed_at")
      .update({ superseded_at: now });
  }

  /** Erases every link of an account, used ones too: they name its address. */
  async removeOfAccount(accountId: number): Promise<void> {
    await this.#db("one_time_tokens").where({ account_id: accountId }).delete();
  }

  /**
   * Erases whom links were mailed to whose validity ended before `before`. What stays names nobody: the digest and the
   * client, so that « Se connecter » behind an old link leads back to its relying party after any time.
   * @returns how many were erased
   */
  async removeExpired(before: number): Promise<number> {
    return someRows(this.#db, "one_time_tokens", ["digest"], (expired) => {
      // As the index of those few says it: for « not email = '' » SQLite reads every link there ever was.
      void expired.where("expires_at", "<=", before).whereRaw("email <> ''");
    }).update({ email: "", account_id: null, pending_sign_up_id: null });
  }
}

interface TokenRow {
  purpose: TokenPurpose;
  email: string;
  pending_sign_up_id: string | null;
  account_id: number | null;
  client_id: string | null;
  credentials: string | null;
  created_at: number;
  expires_at: number;
  consumed_at: number | null;
  superseded_at: number | null;
}

function toToken(row: TokenRow): OneTimeToken {
  return {
    purpose: row.purpose,
    email: row.email === "" ? undefined : (row.email as EmailAddress),
    pendingSignUpId: row.pending_sign_up_id ?? undefined,
    accountId: row.account_id ?? undefined,
    clientId: row.client_id ?? undefined,
    credentials: row.credentials ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
    supersededAt: row.superseded_at ?? undefined,
  };
}
