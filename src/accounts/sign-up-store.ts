import type { EmailAddress, Locale } from "../foundation/index.ts";
import { type Queryable, countOf, someRows } from "../storage/index.ts";
import type { Identity } from "./account.ts";

/** A sign-up that waits for its validation: it lends its password to nobody and blocks nobody. */
export interface PendingSignUp extends Identity {
  readonly id: string;
  readonly locale: Locale;
  readonly passwordHash: string;
  readonly clientId: string | undefined;
  /** The digest of the secret that the browser that signed up holds in a cookie. */
  readonly browserDigest: string;
  /** When a validation letter was last asked for: a resend waits from here. */
  readonly letterAskedAt: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** The `pending_sign_ups` table. */
export class SignUpStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): SignUpStore {
    return new SignUpStore(transaction);
  }

  async insert(signUp: PendingSignUp): Promise<void> {
    await this.#db("pending_sign_ups").insert({
      id: signUp.id,
      email: signUp.email,
      given_name: signUp.givenName,
      family_name: signUp.familyName,
      locale: signUp.locale,
      password_hash: signUp.passwordHash,
      client_id: signUp.clientId ?? null,
      browser_digest: signUp.browserDigest,
      letter_asked_at: signUp.letterAskedAt,
      created_at: signUp.createdAt,
      expires_at: signUp.expiresAt,
    });
  }

  async find(id: string, now: number): Promise<PendingSignUp | undefined> {
    const row = await this.#db<SignUpRow>("pending_sign_ups")
      .where({ id })
      .where("expires_at", ">", now)
      .first();
    return row && toSignUp(row);
  }

  /** Those that wait for this address, whoever asked for them, the newest first. */
  async listByEmail(email: EmailAddress, now: number, limit: number): Promise<PendingSignUp[]> {
    const rows = await this.#db<SignUpRow>("pending_sign_ups")
      .where({ email })
      .where("expires_at", ">", now)
      .orderBy("created_at", "desc")
      .limit(limit);
    return rows.map(toSignUp);
  }

  /** How many were made before an instant and wait still. */
  countOlder(before: number, now: number): Promise<number> {
    return countOf(this.#older(before, now));
  }

  /**
   * Those of them that follow one, the oldest first.
   * @param page.after the last of the page before
   */
  async listOlder(
    before: number,
    now: number,
    {
      after,
      limit,
    }: {
      readonly after?: Pick<PendingSignUp, "createdAt" | "id"> | undefined;
      readonly limit: number;
    },
  ): Promise<PendingSignUp[]> {
    const { createdAt = 0, id = "" } = after ?? {};
    const rows = (await this.#older(before, now)
      .where("created_at", ">=", createdAt)
      .whereRaw("(created_at > ? OR id > ?)", [createdAt, id])
      .orderBy(["created_at", "id"])
      .limit(limit)) as SignUpRow[];
    return rows.map(toSignUp);
  }

  #older(before: number, now: number) {
    return this.#db("pending_sign_ups")
      .where("created_at", "<", before)
      .where("expires_at", ">", now);
  }

  /** Notes that a letter is asked for, unless one was after `notSince`: two clicks ask once. */
  async askLetter(id: string, now: number, notSince: number): Promise<boolean> {
    const asked = await this.#db("pending_sign_ups")
      .where({ id })
      // An instant in the future is a clock that stepped back: it must not silence the resend.
      .whereRaw("(letter_asked_at <= ? OR letter_asked_at > ?)", [notSince, now])
      .update({ letter_asked_at: now });
    return asked === 1;
  }

  /** Every sign-up that waits for this address, whoever asked for it. */
  async removeByEmail(email: EmailAddress): Promise<void> {
    await this.#db("pending_sign_ups").where({ email }).delete();
  }

  /** Erases some that have expired. @returns how many */
  async removeExpired(now: number): Promise<number> {
    return someRows(this.#db, "pending_sign_ups", ["id"], (expired) => {
      void expired.where("expires_at", "<=", now);
    }).delete();
  }
}

interface SignUpRow {
  id: string;
  email: string;
  given_name: string;
  family_name: string;
  locale: Locale;
  password_hash: string;
  client_id: string | null;
  browser_digest: string;
  letter_asked_at: number;
  created_at: number;
  expires_at: number;
}

function toSignUp(row: SignUpRow): PendingSignUp {
  return {
    id: row.id,
    email: row.email as EmailAddress,
    givenName: row.given_name,
    familyName: row.family_name,
    locale: row.locale,
    passwordHash: row.password_hash,
    clientId: row.client_id ?? undefined,
    browserDigest: row.browser_digest,
    letterAskedAt: row.letter_asked_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
