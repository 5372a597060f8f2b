import type { Siren, Siret } from "../establishments/index.ts";
import type { EmailAddress } from "../foundation/index.ts";
import {
  type Queryable,
  type Span,
  type Transaction,
  countOf,
  someRows,
  spanOf,
} from "../storage/index.ts";

/** What an organisation's administrator asks of staff for a colleague. Instants are epoch seconds. */
export interface ColleagueRequest {
  readonly id: number;
  readonly accountId: number;
  readonly siren: Siren;
  /** To open an establishment to the address, or to end what is open to it. */
  readonly kind: "open" | "close";
  /** Absent once it is erased. */
  readonly email?: EmailAddress;
  readonly siret: Siret;
  readonly message?: string;
  readonly state: "waiting" | "accepted" | "refused" | "withdrawn";
  readonly askedAt: number;
  readonly decidedAt?: number;
  readonly decidedBy?: string;
  /** Why it was refused, shown to who asked. */
  readonly reason?: string;
}

/** A request with who asks. */
export interface QueuedColleagueRequest extends ColleagueRequest {
  readonly sub: string;
  readonly askedBy: string;
  readonly askerEmail: string;
}

/** What is asked, before it waits. */
export type NewColleagueRequest = Pick<
  ColleagueRequest,
  "accountId" | "siren" | "kind" | "siret" | "askedAt"
> & { readonly email: EmailAddress; readonly message: string | undefined };

/** The `colleague_requests` table. */
export class ColleagueRequestStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): ColleagueRequestStore {
    return new ColleagueRequestStore(transaction);
  }

  /** Keeps what does not wait yet: the unique index decides. @returns how many are new */
  async insertMissing(requests: readonly NewColleagueRequest[]): Promise<number> {
    if (requests.length === 0) return 0;
    const inserted = (await this.#db("colleague_requests")
      .insert(
        requests.map(({ accountId, siren, kind, email, siret, message, askedAt }) => ({
          ...{ account_id: accountId, siren, kind, email, siret, message: message ?? null },
          ...{ state: "waiting", asked_at: askedAt },
        })),
      )
      .onConflict(this.#db.raw("(kind, email, siret) WHERE state = 'waiting'") as never)
      .ignore()
      .returning("id")) as unknown[];
    return inserted.length;
  }

  /** How many of an account wait, in all or for one organisation. */
  waitingOf(accountId: number, siren?: Siren): Promise<number> {
    const of = { account_id: accountId, ...(siren !== undefined && { siren }) };
    return countOf(this.#db("colleague_requests").where({ ...of, state: "waiting" }));
  }

  async find(id: number): Promise<QueuedColleagueRequest | undefined> {
    const row = (await this.#queued().where("colleague_requests.id", id).first()) as
      QueuedRow | undefined;
    return row && toQueued(row);
  }

  /** What waits, the oldest first, at most `limit`. */
  async waiting(limit: number): Promise<QueuedColleagueRequest[]> {
    const rows = (await this.#queued()
      .where("colleague_requests.state", "waiting")
      .orderBy("colleague_requests.id")
      .limit(limit)) as QueuedRow[];
    return rows.map(toQueued);
  }

  /** What waits of what was asked until an instant. */
  waitingSpan(askedUntil: number): Promise<Span> {
    const some = this.#db("colleague_requests").where({ state: "waiting" });
    return spanOf(some.where("asked_at", "<=", askedUntil), "asked_at");
  }

  /** What an account asked for an organisation: what waits, then what was decided, the newest first, at most `limit`. */
  async ofAccount(
    accountId: number,
    limit: number,
    siren?: Siren,
  ): Promise<readonly ColleagueRequest[]> {
    const rows = (await this.#db("colleague_requests")
      .where({ account_id: accountId, ...(siren !== undefined && { siren }) })
      .orderByRaw("CASE state WHEN 'waiting' THEN 0 ELSE 1 END, id DESC")
      .limit(limit)) as RequestRow[];
    return rows.map(toRequest);
  }

  /** What was asked about an address. */
  async aboutAddress(email: EmailAddress): Promise<readonly ColleagueRequest[]> {
    const rows = (await this.#db("colleague_requests")
      .where({ email })
      .orderBy("id")) as RequestRow[];
    return rows.map(toRequest);
  }

  /** Decides it, once. @returns false when it does not wait */
  async decide(
    id: number,
    decision: Pick<ColleagueRequest, "state"> & {
      readonly by: string;
      readonly at: number;
      readonly reason?: string | undefined;
    },
  ): Promise<boolean> {
    const decided = await this.#db("colleague_requests")
      .where({ id, state: "waiting" })
      .update({
        state: decision.state,
        decided_at: decision.at,
        decided_by: decision.by,
        reason: decision.reason ?? null,
      });
    return decided === 1;
  }

  /** Takes back what waits of an account for an organisation: its care has ended. @returns how many */
  withdrawAll(
    accountId: number,
    siren: Siren,
    { at, by }: { readonly at: number; readonly by: string },
  ): Promise<number> {
    return this.#db("colleague_requests")
      .where({ account_id: accountId, siren, state: "waiting" })
      .update({ state: "withdrawn", decided_at: at, decided_by: by });
  }

  /** Ends what an account asked, with it, and forgets its address in what others asked about it. */
  async erase(account: { readonly id: number; readonly email: EmailAddress }, now: number) {
    for (const theirs of [{ account_id: account.id }, { email: account.email }]) {
      await this.#db("colleague_requests")
        .where(theirs)
        .update({
          message: null,
          email: null,
          state: this.#db.raw("CASE state WHEN 'waiting' THEN 'withdrawn' ELSE state END"),
          decided_at: this.#db.raw("coalesce(decided_at, ?)", [now]),
          decided_by: this.#db.raw("coalesce(decided_by, 'account-deleted')"),
        });
    }
  }

  /** Removes what was asked at `before` or earlier. @returns how many */
  async removeOlder(before: number): Promise<number> {
    return someRows(this.#db, "colleague_requests", ["id"], (older) => {
      void older.where("asked_at", "<=", before);
    }).delete();
  }

  #queued() {
    return this.#db("colleague_requests")
      .join("accounts", "accounts.id", "colleague_requests.account_id")
      .select(
        "colleague_requests.*",
        ...["accounts.sub", "accounts.given_name", "accounts.family_name"],
        "accounts.email as asker_email",
      );
  }
}

interface RequestRow {
  id: number;
  account_id: number;
  siren: string;
  kind: ColleagueRequest["kind"];
  email: string | null;
  siret: string;
  message: string | null;
  state: ColleagueRequest["state"];
  asked_at: number;
  decided_at: number | null;
  decided_by: string | null;
  reason: string | null;
}

interface QueuedRow extends RequestRow {
  sub: string;
  given_name: string;
  family_name: string;
  asker_email: string | null;
}

function toRequest(row: RequestRow): ColleagueRequest {
  return {
    ...{ id: row.id, accountId: row.account_id, siren: row.siren as Siren, kind: row.kind },
    ...(row.email !== null && { email: row.email as EmailAddress }),
    ...{ siret: row.siret as Siret, state: row.state, askedAt: row.asked_at },
    ...(row.message !== null && { message: row.message }),
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
    ...(row.decided_by !== null && { decidedBy: row.decided_by }),
    ...(row.reason !== null && { reason: row.reason }),
  };
}

function toQueued(row: QueuedRow): QueuedColleagueRequest {
  return {
    ...toRequest(row),
    sub: row.sub,
    askedBy: `${row.given_name} ${row.family_name}`,
    askerEmail: row.asker_email ?? "",
  };
}
