import { type Clock, digest } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { type Queryable, type Transaction, hotStatement, someRows } from "../storage/index.ts";
import type { Account } from "./account.ts";
import { type CredentialsHolder, stillCounts } from "./credentials.ts";

/** A browser that signed in to an account before. Only {@link KnownBrowserStore} makes one. */
export interface KnownBrowser {
  readonly accountSub: string;
  /** The digest of the secret in the browser's cookie. */
  readonly digest: string;
}

/** What a known browser is counted as, by a limit of its own. */
export function browserName(browser: KnownBrowser | undefined): string | undefined {
  return browser && `browser:${browser.accountSub}:${browser.digest}`;
}

/** An account as far as its browsers are known by it. */
export type KnowingAccount = CredentialsHolder & Pick<Account, "sub">;

/** How long a browser stays known after its last sign-in; the cookie lasts as long. */
export const knownBrowserSeconds = retentionSeconds.knownBrowsers;

/** Of an account, a digest, and since when one is known. */
const findMark = hotStatement<MarkRow>(
  "known-browsers.find",
  `SELECT credentials, last_used_at, factor_proven_at FROM known_browsers
    WHERE account_sub = ? AND digest = ? AND last_used_at > ?`,
);

/** Of an account. */
const listMarks = hotStatement<{ created_at: number; last_used_at: number }>(
  "known-browsers.list",
  `SELECT created_at, last_used_at FROM known_browsers WHERE account_sub = ?
    ORDER BY last_used_at DESC`,
);

/** Of an account, a digest, its credentials, now and now. What was proven under other credentials is void. */
const rememberMark = hotStatement(
  "known-browsers.remember",
  `INSERT INTO known_browsers (account_sub, digest, credentials, created_at, last_used_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (account_sub, digest) DO UPDATE SET
      last_used_at = excluded.last_used_at,
      credentials = excluded.credentials,
      factor_proven_at = CASE WHEN known_browsers.credentials = excluded.credentials
        THEN known_browsers.factor_proven_at END`,
);

/**
 * Which browsers signed in to which account. A browser holds one secret of 256 bits in a cookie, for
 * all the accounts that use it; here stands its digest.
 */
export class KnownBrowserStore {
  readonly #database: Queryable;
  readonly #clock: Clock;

  constructor(database: Queryable, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The same store within a transaction under way. */
  within(transaction: Transaction): KnownBrowserStore {
    return new KnownBrowserStore(transaction, this.#clock);
  }

  /**
   * @param account undefined when there is no such account; the query is made all the same, so that
   * its time does not tell
   * @param secret the cookie's value; undefined when the browser sent none
   * @param by `two factors`: only where a second factor was proven too, for whoever holds the password alone may make
   * as many browsers known by it as they like
   */
  async find(
    account: KnowingAccount | undefined,
    secret: string | undefined,
    by: "the password" | "two factors" = "the password",
  ): Promise<KnownBrowser | undefined> {
    if (secret === undefined) return undefined;
    const browser = { accountSub: account?.sub ?? "", digest: digest(secret) };
    const since = this.#clock.epochSeconds() - knownBrowserSeconds;
    const [row] = await findMark(this.#database, browser.accountSub, browser.digest, since);
    if (!row || !account || (by === "two factors" && row.factor_proven_at === null))
      return undefined;
    const mark = { credentials: row.credentials ?? undefined, at: row.last_used_at };
    return stillCounts(mark, account, this.#clock) ? browser : undefined;
  }

  /** Notes that the account has just signed in with the browser that holds `secret`. */
  async remember(account: KnowingAccount, secret: string): Promise<void> {
    const now = this.#clock.epochSeconds();
    const { sub, credentials } = account;
    await rememberMark(this.#database, sub, digest(secret), credentials, now, now);
  }

  /** Notes that a second factor was proven in a browser that is known by the password. */
  async noteFactor(
    { sub }: Pick<KnowingAccount, "sub">,
    secret: string | undefined,
  ): Promise<void> {
    if (secret === undefined) return;
    await this.#database("known_browsers")
      .where({ account_sub: sub, digest: digest(secret) })
      .update({ factor_proven_at: this.#clock.epochSeconds() });
  }

  /** When an account began to use each of its browsers, and last did; the newest first. */
  async list(accountSub: string): Promise<{ createdAt: number; lastUsedAt: number }[]> {
    const rows = await listMarks(this.#database, accountSub);
    return rows.map((row) => ({ createdAt: row.created_at, lastUsedAt: row.last_used_at }));
  }

  /** Forgets that an account signed in with the browser that holds `secret`. */
  async forget(accountSub: string, secret: string | undefined): Promise<void> {
    if (secret === undefined) return;
    const mark = { account_sub: accountSub, digest: digest(secret) };
    await this.#database("known_browsers").where(mark).delete();
  }

  /** Forgets every browser of an account: its password was recovered, or it was deleted. */
  async forgetAll(accountSub: string): Promise<void> {
    await this.#database("known_browsers").where({ account_sub: accountSub }).delete();
  }

  /** Deletes some of the browsers that are no longer known. @returns how many */
  async purge(): Promise<number> {
    const before = this.#clock.epochSeconds() - knownBrowserSeconds;
    return someRows(this.#database, "known_browsers", ["account_sub", "digest"], (forgotten) => {
      void forgotten.where("last_used_at", "<=", before);
    }).delete();
  }
}

interface MarkRow {
  credentials: string | null;
  last_used_at: number;
  factor_proven_at: number | null;
}
