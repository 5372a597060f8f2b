import type { Prepared, RunPrepared } from "../storage/index.ts";
import type { Column } from "./artifact-rows.ts";
import type { HolderStatement } from "./artifact-store.ts";
import { type PostgresStatement, findMany, postgresStatements } from "./postgres-statements.ts";

/** Runs one statement by its name, on any connection or on that of a transaction. */
export type Run = (
  name: PostgresStatement,
  ...values: readonly (Column | readonly Column[])[]
) => Promise<{ readonly rows: unknown[]; readonly changes: number }>;

/** A few connections to PostgreSQL that know {@link postgresStatements}. */
export interface PostgresConnection {
  readonly run: Run;
  /** Runs `work` in one transaction: all of it is written, or nothing. */
  readonly transaction: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
}

/**
 * The statements of the artifacts on prepared ones.
 * @param ofHolder read beside what is found; undefined: artifacts alone
 */
export function connectPostgres(
  { run, transaction }: Prepared,
  ofHolder?: HolderStatement,
): PostgresConnection {
  const texts = { ...postgresStatements, findMany: findMany(ofHolder) };
  return {
    run: byName(run, texts),
    transaction: (work) => transaction((within) => work(byName(within, texts))),
  };
}

function byName(run: RunPrepared, texts: Readonly<Record<PostgresStatement, string>>): Run {
  return (name, ...values) => run(`artifacts.${name}`, texts[name], values);
}
