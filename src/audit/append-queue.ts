import type { AuditStore } from "./audit-store.ts";
import { type Draft, chained } from "./chain.ts";
import type { ChainKeys } from "./chain-keys.ts";
import type { AuditPosition } from "../operations/index.ts";

/** Events that one statement writes at most; each has some twenty bound values. */
const mostAtOnce = 50;

/**
 * Appends events, those that arrive together in one statement, and answers each once it is written: no
 * event of an answered request is only in memory. The head is remembered, so that the usual append is
 * one insert; when another node was faster the trigger refuses it, and it is chained anew.
 * @param wentBack is told when the chain ends before where this process saw it end: events were removed
 */
export function createAppendQueue(
  store: AuditStore,
  keys: ChainKeys,
  wentBack: (known: AuditPosition, found: AuditPosition) => void,
): (draft: Draft) => Promise<AuditPosition> {
  const waiting: Waiting[] = [];
  let head: AuditPosition | undefined;
  /** The furthest end that was seen. */
  let seen: AuditPosition | undefined;
  let running = false;

  const found = async (): Promise<AuditPosition> => {
    const { seq, hash } = await store.head();
    const position = { seq, hash };
    if (seen && seq < seen.seq) wentBack(seen, position);
    seen = position;
    return position;
  };
  const writeAll = async (batch: readonly Waiting[]): Promise<void> => {
    for (;;) {
      let last: AuditPosition = (head ??= await found());
      const rows = batch.map(({ draft }) => {
        const row = chained(draft, last, keys);
        last = row;
        return row;
      });
      if (await store.append(rows)) {
        head = seen = { seq: last.seq, hash: last.hash };
        rows.forEach(({ seq, hash }, index) => batch[index]?.written({ seq, hash }));
        return;
      }
      head = undefined;
    }
  };
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, mostAtOnce);
      try {
        await writeAll(batch);
      } catch (fault) {
        head = undefined;
        for (const { failed } of batch) failed(fault);
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

interface Waiting {
  readonly draft: Draft;
  readonly written: (position: AuditPosition) => void;
  readonly failed: (fault: unknown) => void;
}
