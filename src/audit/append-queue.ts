import type { Database } from "../storage/index.ts";
import { AuditStore } from "./audit-store.ts";
import { type AuditRow, type Draft, chainedBehind } from "./chain.ts";
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
  const waiting: Waiting[] = [];
  const writer = new ChainWriter(parts);
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch: Waiting[] = [];
      await writer.write(() => {
        if (batch.length === 0) batch.push(...waiting.splice(0, mostAtOnce));
        return batch;
      });
    }
    running = false;
  };
  return (draft) =>
    new Promise((written, failed) => {
      waiting.push({ draft, written, failed });
      if (!running) void run();
    });
}

/** Writes a batch of events at the end of the chain, alone as long as nobody else writes there. */
class ChainWriter {
  readonly #parts: AppendParts;
  readonly #store: AuditStore;
  readonly #chain: ChainEnd;
  /** Appends to come before this process takes itself for the only one. */
  #shared = 0;

  constructor(parts: AppendParts) {
    this.#parts = parts;
    this.#store = new AuditStore(parts.database.knex);
    this.#chain = new ChainEnd(parts);
  }

  /** @param take the batch, which is closed when it is first asked for: later is fuller */
  async write(take: () => readonly Waiting[]): Promise<void> {
    try {
      if (this.#shared === 0 && (await this.#alone(take()))) return;
      if (this.#shared === 0) this.#shared = alonePatience;
      await this.#holding(take);
    } catch (fault) {
      this.#chain.forget();
      for (const { failed } of take()) failed(fault);
    }
  }

  async #alone(batch: readonly Waiting[]): Promise<boolean> {
    const chain = this.#chain;
    const rows = chain.rows(batch, chain.head ?? chain.found(await this.#store.head()));
    if (!(await this.#store.append(rows))) return false;
    chain.written(rows, batch);
    return true;
  }

  async #holding(take: () => readonly Waiting[]): Promise<void> {
    const chain = this.#chain;
    let written = () => {};
    await this.#parts.database.transaction(async (transaction) => {
      const bound = this.#store.within(transaction);
      const before = chain.head?.seq;
      const head = chain.found(await bound.holdHead());
      this.#shared = head.seq === before ? this.#shared - 1 : alonePatience;
      // Taken only now: what came while others held the head goes with it.
      const batch = take();
      const rows = chain.rows(batch, head);
      await bound.append(rows);
      written = () => chain.written(rows, batch);
    });
    written();
  }
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
    const drafts = batch.map(({ draft }) => draft);
    return chainedBehind(end, drafts, this.#parts.keys);
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
