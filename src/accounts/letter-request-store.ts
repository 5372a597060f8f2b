import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import type { TokenPurpose } from "./one-time-token-store.ts";

/** A letter that somebody asked for; which one it becomes is decided outside the request. */
export interface LetterRequest {
  readonly id: string;
  readonly purpose: TokenPurpose;
  readonly email: EmailAddress;
  readonly pendingSignUpId: string | undefined;
  readonly clientId: string | undefined;
  readonly locale: Locale;
  readonly createdAt: number;
}

/** The `letter_requests` table. */
export class LetterRequestStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): LetterRequestStore {
    return new LetterRequestStore(transaction);
  }

  async insert(request: LetterRequest): Promise<void> {
    await this.#db("letter_requests").insert({
      id: request.id,
      purpose: request.purpose,
      email: request.email,
      pending_sign_up_id: request.pendingSignUpId ?? null,
      client_id: request.clientId ?? null,
      locale: request.locale,
      created_at: request.createdAt,
    });
  }

  /** The oldest requests. */
  async list(limit: number): Promise<LetterRequest[]> {
    const rows = await this.#db<LetterRequestRow>("letter_requests")
      .orderBy("created_at")
      .limit(limit);
    return rows.map(toRequest);
  }

  /** Takes a request: true for one node only, and undone with its transaction. */
  async take(id: string): Promise<boolean> {
    return (await this.#db("letter_requests").where({ id }).delete()) === 1;
  }
}

interface LetterRequestRow {
  id: string;
  purpose: TokenPurpose;
  email: string;
  pending_sign_up_id: string | null;
  client_id: string | null;
  locale: Locale;
  created_at: number;
}

function toRequest(row: LetterRequestRow): LetterRequest {
  return {
    id: row.id,
    purpose: row.purpose,
    email: row.email as EmailAddress,
    pendingSignUpId: row.pending_sign_up_id ?? undefined,
    clientId: row.client_id ?? undefined,
    locale: row.locale,
    createdAt: row.created_at,
  };
}
