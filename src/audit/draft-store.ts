import type { Queryable, Transaction } from "../storage/index.ts";
import { type Draft, noAbout, noOrigin } from "./chain.ts";

/** The table `audit_drafts`: what was written with its act, and has no place in the chain yet. */
export class DraftStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): DraftStore {
    return new DraftStore(transaction);
  }

  async insert(id: string, drafts: readonly Draft[], at: number): Promise<void> {
    const row = { id, drafts: JSON.stringify(drafts), created_at: at };
    await this.#db("audit_drafts").insert(row);
  }

  /** Takes what was kept together, for who gives it its place: one does. @returns none when another has */
  async take(id: string): Promise<readonly Draft[]> {
    const row = await this.#db("audit_drafts")
      .where({ id })
      .first<{ drafts: string } | undefined>("drafts");
    // What is deleted decides; what it said never changes.
    const isTaken = (await this.#db("audit_drafts").where({ id }).delete()) === 1;
    return row && isTaken ? (JSON.parse(row.drafts) as Draft[]) : [];
  }

  /** Erases a person from what waits, as from the chain: `sub`, acts and dates stay. */
  async erasePerson(person: ErasedPerson): Promise<void> {
    const { sub, reference } = person;
    const naming = this.#db("audit_drafts").whereRaw(holds, [textOf(sub)]);
    if (reference !== undefined) void naming.orWhereRaw(holds, [textOf(reference)]);
    // What is given its place at this moment is waited for, and stands in the chain then.
    for (const row of await naming.forUpdate().select<DraftRow[]>("id", "drafts")) {
      const drafts = (JSON.parse(row.drafts) as Draft[]).map((draft) => without(draft, person));
      await this.#db("audit_drafts")
        .where({ id: row.id })
        .update({ drafts: JSON.stringify(drafts) });
    }
  }

  /** Which waited at an instant, the oldest first, at most `limit`. */
  waiting(at: number, limit: number): Promise<string[]> {
    return this.#db("audit_drafts")
      .where("created_at", "<=", at)
      .orderBy(["created_at", "id"])
      .limit(limit)
      .pluck<string[]>("id");
  }
}

/** Whichever signs an imported identifier has. */
const holds = "drafts LIKE ? ESCAPE '!'";
const textOf = (word: string) => `%${JSON.stringify(word).replace(/[!%_]/g, "!$&")}%`;

interface ErasedPerson {
  readonly sub: string;
  readonly reference?: string | undefined;
}

interface DraftRow {
  readonly id: string;
  readonly drafts: string;
}

/** As the rows of the chain are erased: whence an act came is told of who did it. */
function without(draft: Draft, person: ErasedPerson): Draft {
  const { subject_sub: sub, subject_reference: reference, actor } = draft;
  const isAbout = sub === person.sub || (reference !== null && reference === person.reference);
  const isBy = actor === null ? isAbout : actor === person.sub;
  return { ...draft, ...(isAbout && noAbout), ...(isBy && noOrigin) };
}
