#!/usr/bin/env bash
# Expected: PostgreSQL plans a named statement for its values five times, compares, and then keeps one plan: what a driver asks for by name costs no planning
#           any more. So it is for `WHERE id = $1`, and so one would think of `WHERE id = ANY ($1)`, and of a join with the keys of a list.
# So it is: a look-up that joins the keys of `unnest($1)` laterally is planned anew at each execution, for ever. Of a list that it sees, the planner counts the
#           keys; of one that it does not see it assumes ten, so that the plan for any list always seems dearer, and planning costs more than the look-up.
#           `plan_cache_mode = force_generic_plan` keeps one plan.
# Seen with @electric-sql/pglite 0.5.17 (PostgreSQL 18), Node.js 24.21.0:
#           PostgreSQL 18.7; by key: 15 of 20 by a kept plan; by a list of keys: 0 of 20; when told to: 20 of 20
#           as described
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @electric-sql/pglite@0.5.17 node@24.21.0
cat >run.mjs <<'SCRIPT'
import { PGlite } from "@electric-sql/pglite";

const database = new PGlite();
await database.exec(`
  CREATE TABLE tokens (id text PRIMARY KEY, payload text, holder text);
  CREATE TABLE holders (id text PRIMARY KEY, name text);
  INSERT INTO tokens SELECT 't' || n, repeat('x', 300), 'h' || n FROM generate_series(1, 2000) AS n;
  INSERT INTO holders SELECT 'h' || n, 'name ' || n FROM generate_series(1, 2000) AS n;
  ANALYZE;
  PREPARE by_key (text) AS SELECT payload FROM tokens WHERE id = $1;
  PREPARE by_list (text[]) AS
    SELECT wanted.id, held.payload, holder.name FROM unnest($1) AS wanted (id)
    CROSS JOIN LATERAL (SELECT payload, holder FROM tokens WHERE id = wanted.id LIMIT 1) AS held
    LEFT JOIN LATERAL (SELECT name FROM holders WHERE id = held.holder LIMIT 1) AS holder ON true;
`);
const kept = async (statement, values) => {
  const plans = async () =>
    (await database.query(`SELECT generic_plans AS kept FROM pg_prepared_statements WHERE name = '${statement}'`)).rows[0].kept;
  const before = Number(await plans());
  for (let n = 1; n <= 20; n += 1) await database.query(`EXECUTE ${statement} (${values(n)})`);
  return Number(await plans()) - before;
};
const version = (await database.query("SHOW server_version")).rows[0].server_version;
const byKey = await kept("by_key", (n) => `'t${n}'`);
const byList = await kept("by_list", (n) => `ARRAY['t${n}']`);
await database.exec("SET plan_cache_mode = force_generic_plan");
const told = await kept("by_list", (n) => `ARRAY['t${n}']`);
console.log(`PostgreSQL ${version}; by key: ${byKey} of 20 by a kept plan; by a list of keys: ${byList} of 20; when told to: ${told} of 20`);
if (!(byKey >= 15 && byList === 0 && told === 20)) process.exit(1);
console.log("as described");
process.exit(0);
SCRIPT
node_modules/.bin/node run.mjs
