import type { Clock } from "../foundation/index.ts";
import type { FastLane, KeyedLookup, KeyedWrite } from "../fast-lane/index.ts";
import { databaseFault, isUndone } from "../storage/index.ts";
import type { ArtifactRowBeside, Column, FrozenRow } from "./artifact-rows.ts";
import type { Run } from "./postgres-connection.ts";

/** While the server works on one statement, this process prepares the next. */
const statementsAtOnce = 2;

/** A row of `artifacts` as {@link artifactValues} makes it. */
export interface PutRow extends KeyedWrite {
  readonly values: readonly Column[];
  /** Whether it is written only as long as its grant lives. */
  readonly underGrant: boolean;
}

/** The primary key of a row as one word; neither of its parts holds a space. */
export function rowKey(model: string, idDigest: string): string {
  return `${model} ${idDigest}`;
}

/** Artifacts by {@link rowKey}, with what stands beside them; look-ups of requests that are under way together share one statement. */
export function sharedFinds(
  run: Run,
  lane: FastLane,
): KeyedLookup<ArtifactRowBeside & { readonly key: string }> {
  const ask = async (keys: readonly string[]) => {
    const parts = keys.map((key) => key.split(" "));
    const models = parts.map(([model = ""]) => model);
    const ids = parts.map(([, id = ""]) => id);
    const { rows } = await run("findMany", models, ids);
    return rows as (ArtifactRowBeside & { key: string })[];
  };
  return lane.lookUp({ ask, isOfAll, mostAtOnce: statementsAtOnce });
}

/** A database that is away fails every look-up alike. */
const isOfAll = (fault: unknown): boolean => databaseFault(fault) !== undefined;

/** Frozen establishments by the digest of their grant, in the same way. */
export function sharedFrozen(
  run: Run,
  lane: FastLane,
): KeyedLookup<FrozenRow & { readonly key: string }> {
  const ask = async (grantIds: readonly string[]) => {
    const { rows } = await run("frozenMany", grantIds);
    return rows as (FrozenRow & { key: string })[];
  };
  return lane.lookUp({ ask, isOfAll, mostAtOnce: statementsAtOnce });
}

/** Puts of rows of different artifacts. @returns whether it was written; not when its grant has ended, or it was removed */
export function batchedPuts(run: Run, lane: FastLane): (row: PutRow) => Promise<boolean> {
  return lane.write<PutRow>({
    ...{ mostAtOnce: statementsAtOnce, isUndone },
    alone: async ({ underGrant, values }) =>
      (await run(underGrant ? "putUnderGrant" : "put", ...values)).changes === 1,
    together: async (rows) => keysOf(await run("putMany", ...columnsOf(rows))),
  });
}

/** An artifact to consume, by its primary key. */
export interface Consuming extends KeyedWrite {
  readonly model: string;
  readonly idDigest: string;
}

/** Marks as consumed what was not yet. @returns whether it was this call that did */
export function batchedConsumes(
  run: Run,
  clock: Clock,
  lane: FastLane,
): (one: Consuming) => Promise<boolean> {
  return lane.write<Consuming>({
    ...{ mostAtOnce: statementsAtOnce, isUndone },
    alone: async ({ model, idDigest }) =>
      (await run("consume", clock.epochSeconds(), model, idDigest)).changes === 1,
    together: async (all) => {
      const models = all.map(({ model }) => model);
      const ids = all.map(({ idDigest }) => idDigest);
      return keysOf(await run("consumeMany", clock.epochSeconds(), models, ids));
    },
  });
}

function keysOf({ rows }: { readonly rows: unknown[] }): string[] {
  return (rows as { readonly key: string }[]).map(({ key }) => key);
}

/** One list a column: what `unnest` makes rows of. */
function columnsOf(rows: readonly PutRow[]): Column[][] {
  const [first] = rows;
  return (first?.values ?? []).map((_, column) => rows.map(({ values }) => values[column] ?? null));
}
