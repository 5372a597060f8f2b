import type { EmailAddress, Locale } from "../foundation/index.ts";
import { type Queryable, type Transaction, someRows } from "../storage/index.ts";

/** When a member of staff wants to be told by mail that requests wait. */
export const noticeChoices = ["none", "daily", "at-once"] as const;

/** One of {@link noticeChoices}. */
export type NoticeChoice = (typeof noticeChoices)[number];

/** What a member of staff chose. Instants are epoch seconds. */
export interface RequestNotice {
  readonly choice: NoticeChoice;
  readonly chosenAt: number;
  readonly lastSentAt?: number;
}

/** Somebody whose time for a letter has come. */
export interface DueNotice {
  readonly sub: string;
  readonly email: EmailAddress;
  readonly locale: Locale;
  readonly staffTerm: string;
  readonly choice: NoticeChoice;
  /** What was asked until then is no news. */
  readonly toldUntil: number;
}

/** What decides whose time has come, epoch seconds. */
export interface NoticeTimes {
  /** At once: whose last letter left then or earlier. */
  readonly sentUntil: number;
  /** Daily: who chose, and was last written to, before this morning; undefined before it has come. */
  readonly morning: number | undefined;
}

/** Of whom it is: a choice is that of one term of the staff. */
interface Chooser {
  readonly sub: string;
  readonly staffTerm: string;
}

/** The `request_notices` table; it reads `accounts` by key. */
export class RequestNoticeStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): RequestNoticeStore {
    return new RequestNoticeStore(transaction);
  }

  /** What somebody chose in this term of the staff. */
  async find({ sub, staffTerm }: Chooser): Promise<RequestNotice | undefined> {
    const row = await this.#db("request_notices")
      .where({ account_sub: sub, staff_term: staffTerm })
      .first<NoticeRow | undefined>();
    return row && toNotice(row);
  }

  /** What somebody chose, in whichever term. */
  async findOf(sub: string): Promise<RequestNotice | undefined> {
    const row = await this.#db("request_notices")
      .where({ account_sub: sub })
      .first<NoticeRow | undefined>();
    return row && toNotice(row);
  }

  /**
   * Keeps a choice. What waits already is no news; when the last letter left stays known.
   * @returns false when it was so before
   */
  async choose({ sub, staffTerm }: Chooser, choice: NoticeChoice, now: number): Promise<boolean> {
    await this.#db("request_notices")
      .where({ account_sub: sub })
      .whereNot({ staff_term: staffTerm })
      .delete();
    const chosen = { choice, chosen_at: now, told_until: now };
    const written = (await this.#db("request_notices")
      .insert({ account_sub: sub, staff_term: staffTerm, ...chosen })
      .onConflict("account_sub")
      .merge(chosen)
      .whereNot("request_notices.choice", choice)
      .returning("account_sub")) as unknown[];
    return written.length === 1;
  }

  /** Whose time has come; whether there is anything to tell, the caller knows. */
  async due(times: NoticeTimes): Promise<DueNotice[]> {
    const rows: (NoticeRow & { email: string; locale: string })[] = await this.#due(times)
      .join("accounts", "accounts.sub", "request_notices.account_sub")
      .whereRaw("accounts.staff_term = request_notices.staff_term")
      .where("accounts.state", "active")
      .whereNotNull("accounts.role")
      .orderBy("request_notices.account_sub")
      .select("request_notices.*", ...["accounts.email", "accounts.locale"]);
    return rows.map((row) => ({
      ...{ sub: row.account_sub, staffTerm: row.staff_term, choice: row.choice },
      ...{ email: row.email as EmailAddress, locale: row.locale as Locale },
      toldUntil: row.told_until,
    }));
  }

  /**
   * Takes the letter of somebody whose time has come: true for one node only, and while they are active and of the staff.
   * @param told until when what was asked is told with this letter
   */
  async claim(
    { sub, staffTerm, choice, toldUntil }: DueNotice,
    times: NoticeTimes,
    { at, told }: { readonly at: number; readonly told: number },
  ): Promise<boolean> {
    const ofStaff = this.#db("accounts")
      .where({ sub, staff_term: staffTerm, state: "active" })
      .whereNotNull("role")
      .select(this.#db.raw("1"));
    const claimed = await this.#due(times)
      .where({ account_sub: sub, staff_term: staffTerm, choice, told_until: toldUntil })
      .whereExists(ofStaff)
      .update({ last_sent_at: at, told_until: Math.max(toldUntil, told) });
    return claimed === 1;
  }

  /** Removes what an account chose, with it. */
  async erase(sub: string): Promise<void> {
    await this.#db("request_notices").where({ account_sub: sub }).delete();
  }

  /** Removes what was chosen by who is of the staff no more. @returns how many */
  removeFormer(): Promise<number> {
    const still = this.#db("accounts")
      .whereRaw("accounts.sub = request_notices.account_sub")
      .whereRaw("accounts.staff_term = request_notices.staff_term")
      .whereNotNull("accounts.role")
      .select(this.#db.raw("1"));
    return someRows(this.#db, "request_notices", ["account_sub"], (rows) => {
      void rows.whereNotExists(still);
    }).delete();
  }

  #due({ sentUntil, morning }: NoticeTimes) {
    return this.#db("request_notices").where((either) => {
      void either.where((atOnce) => {
        void atOnce
          .where("request_notices.choice", "at-once")
          .whereRaw("(last_sent_at IS NULL OR last_sent_at <= ?)", [sentUntil]);
      });
      if (morning === undefined) return;
      void either.orWhere((daily) => {
        void daily
          .where("request_notices.choice", "daily")
          .where("chosen_at", "<", morning)
          .whereRaw("(last_sent_at IS NULL OR last_sent_at < ?)", [morning]);
      });
    });
  }
}

interface NoticeRow {
  readonly account_sub: string;
  readonly staff_term: string;
  readonly choice: NoticeChoice;
  readonly chosen_at: number;
  readonly told_until: number;
  readonly last_sent_at: number | null;
}

function toNotice({ choice, chosen_at, last_sent_at }: NoticeRow): RequestNotice {
  return {
    ...{ choice, chosenAt: chosen_at },
    ...(last_sent_at !== null && { lastSentAt: last_sent_at }),
  };
}
