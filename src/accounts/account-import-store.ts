import { pieces } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { AccountLine } from "./account-line.ts";

/** What the register says of an address or an identifier; of a deleted account its identifier is left. */
export interface TakenAccount {
  readonly sub: string;
  readonly email: string | null;
  readonly given_name: string;
  readonly family_name: string;
  readonly state: string;
  readonly role: string | null;
  readonly locale: string;
}

/** An account to be written, with its identifier. */
export type ImportedAccount = AccountLine & { readonly sub: string };

/** So many rows a statement: SQLite bounds them. */
const aSlice = 100;

/** The `accounts` table, as an import reads and writes it. */
export class AccountImportStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** What stands there under these addresses and identifiers, deleted accounts too. */
  async taken(lines: readonly AccountLine[]): Promise<TakenAccount[]> {
    const found = new Map<string, TakenAccount>();
    for (const slice of pieces(lines, aSlice)) {
      const rows = await this.#db("accounts")
        .whereIn(
          "email",
          slice.map(({ email }) => email),
        )
        .orWhereIn(
          "sub",
          slice.flatMap(({ sub }) => sub ?? []),
        )
        .select<TakenAccount[]>(
          ...["sub", "email", "given_name", "family_name", "state", "role", "locale"],
        );
      for (const row of rows) found.set(row.sub, row);
    }
    return [...found.values()];
  }

  /**
   * Writes them, without a password: who has none sets one by a mailed link.
   * @throws a fault of uniqueness when somebody signed up with one of the addresses meanwhile
   */
  async insert(accounts: readonly ImportedAccount[], now: number): Promise<void> {
    for (const slice of pieces(accounts, aSlice)) {
      await this.#db("accounts").insert(
        slice.map((account) => ({
          sub: account.sub,
          email: account.email,
          given_name: account.givenName,
          family_name: account.familyName,
          locale: account.locale,
          password_hash: null,
          state: account.state,
          role: account.role ?? null,
          client_id: account.clientId ?? null,
          email_verified_at: account.emailVerifiedAt ?? now,
          credentials_changed_at: 0,
          credentials_version: 0,
          created_at: account.createdAt ?? now,
          updated_at: now,
          // Nobody is to be erased for not having signed in here before.
          last_signed_in_at: now,
        })),
      );
    }
  }
}
