import type { Database } from "../../src/storage/index.ts";

/** How SQLite would find what some work asks for, a line a step; of nothing else than reads and writes of rows. */
export async function sqlitePlan(
  { knex }: Database,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const asked: { readonly sql: string; readonly bindings: readonly unknown[] }[] = [];
  const listen = (query: (typeof asked)[number]) => {
    if (/^\s*(?:select|insert|update|delete|with)\b/i.test(query.sql)) asked.push(query);
  };
  knex.on("query", listen);
  await work();
  knex.removeListener("query", listen);
  const steps: string[] = [];
  for (const { sql, bindings } of asked) {
    const plan = (await knex.raw(`EXPLAIN QUERY PLAN ${sql}`, [...bindings] as never)) as unknown;
    steps.push(...(plan as { detail: string }[]).map(({ detail }) => detail));
  }
  return steps;
}
