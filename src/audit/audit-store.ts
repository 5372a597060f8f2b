import { type Queryable, type Transaction, hotStatement } from "../storage/index.ts";
import { type AuditRow, noAbout, noOrigin } from "./chain.ts";
import { theirs } from "./their-events-store.ts";

/** Where the chain ends, and after which event it begins. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  readonly purged_seq: number;
  readonly purged_hash: string;
}

/** Which events are asked for; every condition holds. */
export interface AuditRowFilter {
  /** Of a person: by subject identifier, by address reference, or either. */
  readonly sub?: string | undefined;
  readonly reference?: string | undefined;
  /**
   * Asks for what is this person's own: of events that name an address alone, those before the next one that names it with
   * their `sub`, and those with this reference that nobody's follows, from this instant on (epoch seconds).
   */
  readonly ownSince?: number | undefined;
  readonly actor?: string | undefined;
  readonly event?: string | undefined;
  readonly outcome?: string | undefined;
  readonly clientId?: string | undefined;
  /** About this establishment, alone or among others. */
  readonly siret?: string | undefined;
  /** From this instant on, epoch seconds. */
  readonly since?: number | undefined;
  /** Before this instant, epoch seconds. */
  readonly until?: number | undefined;
}

/** Places of the chain: those after one, up to another. */
export type ChainStretch = Readonly<Record<"after" | "through", number>>;

/** Which events are a person's. */
type PersonRows = Pick<AuditRowFilter, "sub" | "reference" | "ownSince">;

/** Details of one establishment begin with it, which an index knows; requests name several, and are few. */
const ofSiret = `(substr(details, 1, 10) = '{"siret":"' AND substr(details, 11, 14) = ?
  OR event IN ('access-request-accepted', 'access-request-refused', 'access-request-withdrawn') AND details LIKE ?)`;

/**
 * Where events of a period stand in the chain at most, by the hours that were counted: a page of them looks nowhere else.
 * Exports take no one's word for it, and read all.
 */
const placeOf = (end: "min(first_seq)" | "max(last_seq)") =>
  `(SELECT ${end} FROM audit_hours WHERE hour >= ? AND hour < ?)`;
const lastInstant = 2 ** 40;

const keyIdOfMac = `substr(mac, ${"m1.".length + 1}, 8)`;

/** The greatest `seq` that both databases hold. */
export const lastSeq = 2 ** 31 - 1;

/** Every column: one that is not written would be lost. */
const written: Readonly<Record<keyof AuditRow, true>> = {
  ...{ seq: true, form: true, occurred_at: true, event: true, outcome: true, reason: true },
  ...{ actor: true, subject_sub: true, client_id: true, request_reference: true },
  ...{ subject_reference: true, details: true, about_salt: true, about_digest: true },
  ...{ client_network: true, client_reference: true, origin_salt: true, origin_digest: true },
  ...{ previous_hash: true, hash: true, mac: true },
};
const columns = Object.keys(written) as (keyof AuditRow)[];
/** What most appends are; events that arrive together go in one statement of their number. */
const appendOne = hotStatement(
  "audit.append-one",
  `INSERT INTO audit_events (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
);

/** The tables `audit_events` and `audit_head`. */
export class AuditStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): AuditStore {
    return new AuditStore(transaction);
  }

  async head(): Promise<AuditHead> {
    return this.#one(await this.#db<AuditHead>("audit_head"));
  }

  /** The head, held until the transaction ends: nobody appends meanwhile. An update that changes nothing. */
  async holdHead(): Promise<AuditHead> {
    const held = this.#db<AuditHead>("audit_head").update({ seq: this.#db.ref("seq") } as object);
    return this.#one(await held.returning<AuditHead[]>("*"));
  }

  /** @returns false, and nothing is written, when the first row does not follow the head (any more). */
  async append(rows: readonly AuditRow[]): Promise<boolean> {
    try {
      const [row, another] = rows;
      if (!row || another) await this.#db("audit_events").insert(rows);
      else await appendOne(this.#db, ...columns.map((name) => row[name]));
      return true;
    } catch (error) {
      if (String(error).includes("audit head moved")) return false;
      throw error;
    }
  }

  /** One event of the chain. */
  async at(seq: number): Promise<AuditRow | undefined> {
    return this.#db<AuditRow>("audit_events").where({ seq }).first();
  }

  /** How many lines of a stretch each key signed, those without a key left out. */
  async keyCounts({
    after,
    through,
  }: ChainStretch): Promise<{ readonly keyId: string; readonly count: number }[]> {
    const rows = await this.#db("audit_events")
      .whereNotNull("mac")
      .where("seq", ">", after)
      .where("seq", "<=", through)
      .groupByRaw(keyIdOfMac)
      .select<{ key_id: string; count: number | string }[]>(
        this.#db.raw(`${keyIdOfMac} AS key_id, count(*) AS count`),
      );
    return rows.map(({ key_id: keyId, count }) => ({ keyId, count: Number(count) }));
  }

  /** Lines of a stretch that another key than this one signed. */
  async signedByOthers(keyId: string, { after, through }: ChainStretch): Promise<AuditRow[]> {
    return this.#db<AuditRow>("audit_events")
      .whereNotNull("mac")
      .whereRaw(`${keyIdOfMac} <> ?`, [keyId])
      .where("seq", ">", after)
      .where("seq", "<=", through)
      .orderBy("seq");
  }

  /** Puts a digest in the place of the one that was read. */
  async replaceMac({ seq, mac }: Pick<AuditRow, "seq" | "mac">, anew: string): Promise<boolean> {
    const changed = await this.#db("audit_events").where({ seq, mac }).update({ mac: anew });
    return changed === 1;
  }

  /** Events after a place in the chain, in its order. */
  async after(seq: number, limit: number, filter: AuditRowFilter = {}): Promise<AuditRow[]> {
    return this.#select(filter).where("seq", ">", seq).orderBy("seq").limit(limit);
  }

  /** Where events stand, whatever the head says of it. */
  async whole(): Promise<ChainStretch> {
    // Each by itself: asked for both SQLite reads every event.
    const events = () => this.#db("audit_events");
    const [first] = await events().min<{ seq: number | null }[]>({ seq: "seq" });
    const [last] = await events().max<{ seq: number | null }[]>({ seq: "seq" });
    return { after: (first?.seq ?? 1) - 1, through: last?.seq ?? 0 };
  }

  /** Events of a stretch, in its order. */
  async stretch({ after, through }: ChainStretch, filter: AuditRowFilter): Promise<AuditRow[]> {
    const rows = this.#select(filter).where("seq", ">", after).where("seq", "<=", through);
    return rows.orderBy("seq");
  }

  /** Events before a place in the chain, the newest first. */
  async before(seq: number, limit: number, filter: AuditRowFilter = {}): Promise<AuditRow[]> {
    const { since, until } = filter;
    const rows = this.#select(filter).where("seq", "<", seq).orderBy("seq", "desc").limit(limit);
    const hours = [(since ?? 0) - ((since ?? 0) % 3600), until ?? lastInstant];
    if (since !== undefined) void rows.whereRaw(`seq >= ${placeOf("min(first_seq)")}`, hours);
    if (until !== undefined) void rows.whereRaw(`seq <= ${placeOf("max(last_seq)")}`, hours);
    return rows;
  }

  /** The place of the oldest event outside of what the head spans; undefined when all are within. */
  async outsideChain(): Promise<number | undefined> {
    const events = this.#db("audit_events").min({ seq: "seq" });
    const end = (column: string) => this.#db("audit_head").select(column);
    const [before] = await events.clone().where("seq", "<=", end("purged_seq"));
    const [behind] = await events.clone().where("seq", ">", end("seq"));
    const found = [before, behind].map((row) => (row as { seq: number | null } | undefined)?.seq);
    return found.find((seq) => seq !== null && seq !== undefined) ?? undefined;
  }

  /** Erases who and what of the events about a person, and where from of what they did themselves. */
  async erasePerson(person: PersonRows & { readonly sub: string }): Promise<void> {
    const { sub } = person;
    await this.#select(person).whereNull("actor").update(noOrigin);
    await this.#db("audit_events").where({ actor: sub }).update(noOrigin);
    await this.#select(person).update(noAbout);
  }

  /**
   * The last event of the unbroken beginning of the chain that is older than an instant.
   * @param through none after this place is looked at
   */
  async lastBefore(
    instant: number,
    through = lastSeq,
  ): Promise<Pick<AuditRow, "seq" | "hash"> | undefined> {
    const firstKept = this.#db("audit_events").min("seq").where("occurred_at", ">=", instant);
    const [row] = await this.#db<AuditRow>("audit_events")
      .where("seq", "<", this.#db.raw("coalesce((?), 2147483647)", [firstKept]))
      .where("seq", "<=", Math.min(through, lastSeq))
      .orderBy("seq", "desc")
      .limit(1)
      .select("seq", "hash");
    return row;
  }

  /** Removes the beginning of the chain and keeps where it now begins. @returns how many rows */
  async purgeThrough({ seq, hash }: Pick<AuditRow, "seq" | "hash">): Promise<number> {
    const removed = await this.#db("audit_events").where("seq", "<=", seq).delete();
    await this.#db("audit_head").update({ purged_seq: seq, purged_hash: hash });
    return removed;
  }

  #select(filter: AuditRowFilter) {
    const { sub, reference, ownSince, actor, event, outcome, clientId, siret } = filter;
    const { since, until } = filter;
    return this.#db<AuditRow>("audit_events").where((all) => {
      if (sub !== undefined || reference !== undefined) {
        void all.where((person) => {
          if (ownSince !== undefined) {
            void person.whereRaw(theirs, [sub ?? "", reference ?? "", ownSince]);
            return;
          }
          if (sub !== undefined) void person.orWhere("subject_sub", sub);
          if (reference !== undefined) void person.orWhere("subject_reference", reference);
        });
      }
      if (actor !== undefined) void all.where("actor", actor);
      if (event !== undefined) void all.where("event", event);
      if (outcome !== undefined) void all.where("outcome", outcome);
      if (clientId !== undefined) void all.where("client_id", clientId);
      if (siret !== undefined) void all.whereRaw(ofSiret, [siret, `%"${siret}"%`]);
      if (since !== undefined) void all.where("occurred_at", ">=", since);
      if (until !== undefined) void all.where("occurred_at", "<", until);
    });
  }

  #one(rows: readonly AuditHead[]): AuditHead {
    const [head] = rows;
    if (!head) throw new Error("the audit has lost its head: table audit_head is empty");
    return head;
  }
}
