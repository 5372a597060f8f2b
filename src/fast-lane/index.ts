/**
 * The fast lane: what makes requests that arrive together cheap, and what one request would ask twice. They are begun in
 * step; look-ups and writes that come together share a statement or a transaction, a thread takes the checkpoints of a
 * file, a token is read with what stands beside it, and a request remembers what it read. It is left out as one
 * (`plainLane`), and nothing that is answered changes. It owns no table and no URL; docs/performance.md says what each gives.
 */
export { type FastLane, fastLane } from "./fast-lane.ts";
export { type KeyedWrite } from "./batched-writes.ts";
export { type Checkpoints } from "./checkpoints.ts";
export { type GroupedWrites } from "./grouped-writes.ts";
export { type KeyedLookup } from "./keyed-lookup.ts";
