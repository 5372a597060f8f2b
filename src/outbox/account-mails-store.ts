import type { Queryable } from "../storage/index.ts";

/** What is still known of something that was sent to a person: that it was, and its fate. */
export interface AccountMail {
  readonly name: string;
  readonly state: "waiting" | "sent" | "failed";
  readonly createdAt: number;
  readonly endedAt: number | undefined;
}

/** Reads the fate of what was sent about an account, of every channel. */
export class AccountMailsStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The newest first. */
  async list(accountSub: string): Promise<AccountMail[]> {
    const rows = await this.#db("outbox")
      .where({ account_sub: accountSub })
      .orderBy("created_at", "desc")
      .select<MailRow[]>("name", "state", "created_at", "ended_at");
    return rows.map((row) => ({
      name: row.name,
      state: row.state,
      createdAt: row.created_at,
      endedAt: row.ended_at ?? undefined,
    }));
  }
}

interface MailRow {
  name: string;
  state: AccountMail["state"];
  created_at: number;
  ended_at: number | null;
}
