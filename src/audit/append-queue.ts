import type { Database } from "../storage/index.ts";
import { AuditStore } from "./audit-store.ts";
import { type AuditRow, type Draft, chained } from "./chain.ts";
import type { ChainKeys } from "./chain-keys.ts";
import type { AuditPosition } from "../operations/index.ts";

/** Events that one statement writes at most; each has some twenty bound values. */
const mostAtOnce = 100;

/** So many appends in a row that met nobody else's, and this process takes itself for the only one again. */
const alonePatience = 50;

/** What an append stands on. */
interface AppendParts {
  readonly database: Pick<Database, "knex" | "transaction">;
  readonly keys: ChainKeys;
  /** Is told when the chain ends before where this process saw it end: events were removed. */
  readonly wentBack: (known: AuditPosition, found: AuditPosition) => void;
}

/**
 * Appends events, those that arrive together in one statement, and answers each once it is written: no event of an answered
 * request is only in memory. The head is remembered, so that the usual append is one insert; when another process was faster
 * the trigger refuses it. From then on this one holds the head first: processes then wait for each other, those behind
 * gather what comes meanwhile, and nothing is chained in vain.
 */
export function createAppendQueue(parts: AppendParts): (draft: Draft) => Promise<AuditPosition> {
  const store = new AuditStore(parts.database.knex);
  const waiting: Waiting[] = [];
  const chain = new ChainEnd(parts);
  /** Appends to come before this process takes itself for the only one. */
  let shared = 0;
  let running = false;

  const alone = async (batch: readonly Waiting[]): Promise<boolean> => {
    const rows = chain.rows(batch, chain.head ?? chain.found(await store.head()));
    if (!(await store.append(rows))) return false;
    chain.written(rows, batch);
    return true;
  };
  const holding = async (take: () => readonly Waiting[]): Promise<void> => {
    let written = () => {};
    await parts.database.transaction(async (transaction) => {
      const bound = store.within(transaction);
      const before = chain.head?.seq;
      const head = chain.found(await bound.holdHead());
      shared = head.seq === before ? shared - 1 : alonePatience;
      // Taken only now: what came while others held the head goes with it.
      const batch = take();
      const rows = chain.rows(batch, head);
      await bound.append(rows);
      written = () => chain.written(rows, batch);
    });
    written();
  };
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch: Waiting[] = [];
      const take = () => {
        if (batch.length === 0) batch.push(...waiting.splice(0, mostAtOnce));
        return batch;
      };
      try {
        if (shared === 0 && !(await alone(take()))) shared = alonePatience;
        else if (shared === 0) continue;
        await holding(take);
      } catch (fault) {
        chain.forget();
        for (const { failed } of take()) failed(fault);
      }
    }
    running = false;
  };
  return (draft) =>
    new Promise((written, failed) => {
      waiting.push({ draft, written, failed });
      if (!running) void run();
    });
}

/** The end of the chain as this process knows it. */
class ChainEnd {
  readonly #parts: AppendParts;
  #head: AuditPosition | undefined;
  /** The furthest end that was seen. */
  #seen: AuditPosition | undefined;

  constructor(parts: AppendParts) {
    this.#parts = parts;
  }

  /** Undefined: it must be read. */
  get head(): AuditPosition | undefined {
    return this.#head;
  }

  found({ seq, hash }: AuditPosition): AuditPosition {
    if (this.#seen && seq < this.#seen.seq) this.#parts.wentBack(this.#seen, { seq, hash });
    return (this.#head = this.#seen = { seq, hash });
  }

  /** What comes, chained behind an end. */
  rows(batch: readonly Waiting[], end: AuditPosition): AuditRow[] {
    let last = end;
    return batch.map(({ draft }) => {
      const row = chained(draft, last, this.#parts.keys);
      last = row;
      return row;
    });
  }

  written(rows: readonly AuditRow[], batch: readonly Waiting[]): void {
    rows.forEach(({ seq, hash }, index) => {
      this.#head = this.#seen = { seq, hash };
      batch[index]?.written({ seq, hash });
    });
  }

  forget(): void {
    this.#head = undefined;
  }
}

interface Waiting {
  readonly draft: Draft;
  readonly written: (position: AuditPosition) => void;
  readonly failed: (fault: unknown) => void;
}
