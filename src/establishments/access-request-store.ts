import {
  type Queryable,
  type Share,
  type Span,
  type Transaction,
  countOf,
  shareOf,
  someRows,
  spanOf,
} from "../storage/index.ts";
import {
  type QueuedRow,
  type RequestRow,
  type StoredState,
  establishmentsOf,
  stateOfAll,
  toQueued,
  toRequest,
  writtenDecisions,
  writtenReasons,
} from "./access-request-rows.ts";
import type { AccessRequest, AskedEstablishment, QueuedRequest } from "./access-request.ts";
import { inSlices } from "./slices.ts";

/** Which requests of the queue; a page of at most `limit` after the id `after`. */
export interface RequestFilter {
  /** One that was withdrawn is among the refused ones. */
  readonly state?: StoredState | undefined;
  readonly accountId?: number | undefined;
  /** Asked before this instant, epoch seconds. */
  readonly askedBefore?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** What was decided of establishments of a request; those that were decided before stay so. */
export interface Decision {
  readonly establishments: readonly AskedEstablishment[];
  readonly by: string;
  /** A note of who accepts. */
  readonly reason?: string | undefined;
  /** Why the rest, or all of it, is refused. */
  readonly refusalReason?: string | undefined;
  readonly at: number;
}

/** The `access_requests` table. */
export class AccessRequestStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): AccessRequestStore {
    return new AccessRequestStore(transaction);
  }

  async insert(
    request: Pick<AccessRequest, "accountId" | "sirets" | "askedAt"> & {
      readonly message: string | undefined;
      readonly clientId: string | undefined;
    },
  ): Promise<AccessRequest> {
    const [row] = (await this.#db("access_requests")
      .insert({
        account_id: request.accountId,
        sirets: request.sirets.join(" "),
        message: request.message ?? null,
        client_id: request.clientId ?? null,
        state: "waiting",
        asked_at: request.askedAt,
      })
      .returning("*")) as RequestRow[];
    if (!row) throw new Error("the request was not inserted");
    return toRequest(row);
  }

  /** When those of an account after `since` and until `now` were asked, the oldest first. */
  askedSince(accountId: number, since: number, now: number): Promise<number[]> {
    return this.#db("access_requests")
      .where({ account_id: accountId })
      .where("asked_at", ">", since)
      .where("asked_at", "<=", now)
      .orderBy("asked_at")
      .pluck<number[]>("asked_at");
  }

  async find(id: number): Promise<QueuedRequest | undefined> {
    const row = (await this.#queue().where("access_requests.id", id).first()) as
      QueuedRow | undefined;
    return row && toQueued(row);
  }

  /** What waits of these accounts, the oldest first. */
  async waitingOf(accountIds: readonly number[]): Promise<AccessRequest[]> {
    const found: AccessRequest[] = [];
    for (const slice of inSlices([...new Set(accountIds)])) {
      const rows = await this.#db<RequestRow>("access_requests")
        .whereIn("account_id", slice)
        .where({ state: "waiting" })
        .orderBy("id");
      found.push(...rows.map(toRequest));
    }
    return found;
  }

  /**
   * Decides what waits: one of two who decide at once does. The account must be held. The request is decided once
   * none of its establishments waits.
   * @returns undefined when it does not wait
   */
  async decide(id: number, decision: Decision): Promise<AccessRequest | undefined> {
    const before = await this.#db<RequestRow>("access_requests")
      .where({ id, state: "waiting" })
      .first();
    if (!before) return undefined;
    const stateOf = new Map(decision.establishments.map(({ siret, state }) => [siret, state]));
    const establishments = establishmentsOf(before).map(({ siret, state }) => ({
      siret,
      state: state === "waiting" ? (stateOf.get(siret) ?? state) : state,
    }));
    const state = stateOfAll(establishments);
    const [row] = (await this.#db("access_requests")
      .where({ id, state: "waiting" })
      .update({
        decisions: writtenDecisions(establishments),
        ...(state !== "waiting" && {
          state: state === "withdrawn" ? "refused" : state,
          decided_at: decision.at,
          decided_by: decision.by,
          ...writtenReasons(state, decision),
        }),
      })
      .returning("*")) as RequestRow[];
    return row && toRequest(row);
  }

  /** Gives what waits in charge to somebody or nobody, if who had it still does. @returns false when they do not */
  async charge(
    id: number,
    {
      to,
      seen,
      at,
    }: { readonly to: string | undefined; readonly seen: string | undefined; readonly at: number },
  ): Promise<boolean> {
    const given =
      to === undefined ? { taken_by: null, taken_at: null } : { taken_by: to, taken_at: at };
    const changed = await this.#db("access_requests")
      .where({ id, state: "waiting", taken_by: seen ?? null })
      .update(given);
    return changed === 1;
  }

  /** How many wait that were asked before an instant; counted up to `most`. */
  countWaiting(askedBefore: number, most: number): Promise<number> {
    // In the words of the index: what is bound would not be known to be among its rows.
    const some = this.#db("access_requests")
      .whereRaw("state = 'waiting'")
      .where("asked_at", "<", askedBefore)
      .select("id")
      .limit(most);
    return countOf(this.#db.from(some.as("some")));
  }

  /** What waits of what was asked until an instant. */
  waitingSpan(askedUntil: number): Promise<Span> {
    const some = this.#db("access_requests").whereRaw("state = 'waiting'");
    return spanOf(some.where("asked_at", "<=", askedUntil), "asked_at");
  }

  /** The oldest first, with who asks. */
  async list({
    state,
    accountId,
    askedBefore,
    after = 0,
    limit = 100,
  }: RequestFilter): Promise<QueuedRequest[]> {
    const asked = this.#queue();
    if (askedBefore !== undefined) void asked.where("asked_at", "<", askedBefore);
    const rows = (await asked
      .where({
        ...(state !== undefined && { "access_requests.state": state }),
        ...(accountId !== undefined && { "access_requests.account_id": accountId }),
      })
      .where("access_requests.id", ">", after)
      .orderBy("access_requests.id")
      .limit(limit)) as QueuedRow[];
    return rows.map(toQueued);
  }

  /** What an account asked: what waits, then what was decided, the newest first. */
  async ofAccount(accountId: number, limit: number): Promise<AccessRequest[]> {
    const rows = await this.#db<RequestRow>("access_requests")
      .where({ account_id: accountId })
      .orderByRaw("CASE state WHEN 'waiting' THEN 0 ELSE 1 END, id DESC")
      .limit(limit);
    return rows.map(toRequest);
  }

  /** Ends what an account waits for and erases what it wrote. */
  async erase(sub: string, now: number): Promise<void> {
    const account = this.#db("accounts").where({ sub }).select("id");
    await this.#db("access_requests")
      .where("account_id", account)
      .update({
        message: null,
        state: this.#db.raw("CASE state WHEN 'waiting' THEN 'refused' ELSE state END"),
        decided_at: this.#db.raw("coalesce(decided_at, ?)", [now]),
        decided_by: this.#db.raw("coalesce(decided_by, 'account-deleted')"),
      });
    // What a member of staff had in charge waits for their colleagues.
    await this.#db("access_requests")
      .whereRaw("state = 'waiting'")
      .where({ taken_by: sub })
      .update({ taken_by: null, taken_at: null });
  }

  /** Removes what was asked at `before` or earlier. @returns how many */
  async removeOlder(before: number): Promise<number> {
    return someRows(this.#db, "access_requests", ["id"], (older) => {
      void older.where("asked_at", "<=", before);
    }).delete();
  }

  /** How many there are, and how many of them were made at `before` or earlier. */
  share(before: number): Promise<Share> {
    const all = this.#db("access_requests");
    const going = all.clone().where("asked_at", "<=", before);
    return shareOf(going, all);
  }

  #queue() {
    return this.#db("access_requests")
      .join("accounts", "accounts.id", "access_requests.account_id")
      .select(
        "access_requests.*",
        "accounts.sub",
        "accounts.email",
        "accounts.given_name",
        "accounts.family_name",
      );
  }
}
