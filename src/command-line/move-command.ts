import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Application } from "../application.ts";
import { type Settings, isDatabaseUrl } from "../operations/index.ts";
import {
  type Database,
  type MovedRows,
  holdsRows,
  isInUse,
  migrate,
  moveRows,
  openDatabase,
} from "../storage/index.ts";
import { type Answer, type Failure, failed, shown } from "./answer.ts";
import { columns } from "./columns.ts";
import { openedApplication } from "./opened-application.ts";
import type { CommandRun, CommandSurroundings } from "./command-run.ts";

/** `lopauth move`: the register to another database, SQLite or PostgreSQL. */
export function addMoveCommand(program: Command, run: CommandRun): void {
  program
    .command("move")
    .description("copy the register to another, empty database, while no server runs")
    .requiredOption(
      "--to <url>",
      "sqlite:PATH or postgres://…; its password may be in PGPASSWORD instead",
    )
    .action(({ to }: { to: string }) =>
      run.withSurroundings((surroundings) => move(surroundings, to)),
    );
}

type Refused = { readonly failure: Failure };

/** A move has all the time it takes; one connection, so that others are told from it. */
const alone = { connections: 1, timeoutSeconds: undefined };

async function move(surroundings: CommandSurroundings, to: string): Promise<Answer> {
  const settings = surroundings.readSettings();
  const target = { ...settings, databaseUrl: to };
  const problem = addressProblem(settings, to);
  if (problem !== undefined) return refusal(problem);
  const inUse =
    (await inUseProblem(settings.databaseUrl, "that is moved")) ?? (await targetProblem(to));
  if (inUse !== undefined) return refusal(inUse);
  const before = await auditOf(settings, surroundings);
  if ("failure" in before) return before;
  const moved = await moveAll(settings, target);
  if ("failure" in moved) return moved;
  const after = await auditOf(target, surroundings);
  if ("failure" in after) return after;
  if (after.head !== before.head) {
    return refusal("the audit ends elsewhere than before: do not serve from the new database");
  }
  return movedAnswer(moved.rows, after);
}

function addressProblem({ databaseUrl }: Settings, to: string): string | undefined {
  if (!isDatabaseUrl(to)) return "--to must be sqlite:PATH or postgres://user@host:port/database";
  if (to === databaseUrl) return "--to is the database that is moved";
  const file = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : undefined;
  if (file !== undefined && !existsSync(file)) return `there is no register at ${databaseUrl}`;
  return undefined;
}

/** A server that wrote on would write into the old one, or beside us. */
async function inUseProblem(url: string, which: string): Promise<string | undefined> {
  if (!(await isInUse(url))) return undefined;
  return `the database ${which} is open elsewhere: stop every server, and whatever else looks at it`;
}

async function targetProblem(url: string): Promise<string | undefined> {
  if (url.startsWith("sqlite:") && !existsSync(url.slice("sqlite:".length))) return undefined;
  const inUse = await inUseProblem(url, "to move to");
  if (inUse !== undefined) return inUse;
  const database = openDatabase(url, alone);
  try {
    const table = await holdsRows(database);
    return table === undefined ? undefined : notEmpty(table);
  } finally {
    await database.close();
  }
}

async function moveAll(
  settings: Settings,
  target: Settings,
): Promise<Refused | { readonly rows: readonly MovedRows[] }> {
  const source = openDatabase(settings.databaseUrl, alone);
  const opened: Database[] = [source];
  try {
    const made = openDatabase(target.databaseUrl, alone);
    opened.push(made);
    await migrate(made);
    const outcome = await moveRows(source, made);
    if (outcome.accepted) return { rows: outcome.value };
    const [{ reason, details }] = outcome.problems;
    return refusal(reasons[reason](String(details?.["what"])));
  } finally {
    for (const database of opened) await database.close();
  }
}

const notEmpty = (table: string) => `the database to move to is not empty: ${table} has rows`;

const reasons = {
  "target-not-empty": notEmpty,
  "tables-differ": (what: string) => `only one of the two has ${what}: migrate the old one first`,
  "rows-differ": (table: string) => `${table} did not arrive as it was sent`,
};

/** What the audit of a register says of itself; the application opens it with the keys that are given. */
async function auditOf(
  settings: Settings,
  surroundings: CommandSurroundings,
): Promise<Refused | { readonly head: string; readonly events: number }> {
  let found: Awaited<ReturnType<typeof auditOf>> = refusal("the audit was not read");
  await openedApplication(settings, surroundings, async (opened) => {
    found = "failure" in opened ? opened : await verified(opened.application);
  });
  return found;
}

async function verified({ audit }: Application) {
  const result = await audit.verify();
  if (result.intact)
    return { head: `${result.head.seq} ${result.head.hash}`, events: result.events };
  return refusal(`the audit is not intact at event ${result.seq}: lopauth audit verify says more`);
}

function movedAnswer(rows: readonly MovedRows[], audit: { head: string; events: number }): Answer {
  const total = rows.reduce((sum, each) => sum + each.rows, 0);
  const lines = rows.filter((each) => each.rows > 0).map((each) => [each.table, String(each.rows)]);
  const text = `${columns()(lines)}
${total} rows arrived as they were sent, by count and digest; the audit is intact (${audit.events} events, head ${audit.head}).
Set DATABASE_URL to the new address and start. Sessions, codes and tokens are not moved: people sign in again.`;
  const counts = Object.fromEntries(rows.map((each) => [each.table, each.rows]));
  const digests = Object.fromEntries(rows.map((each) => [each.table, each.digest]));
  return shown(
    { rows: total, counts, digests, audit_head: audit.head, artifacts: "not moved" },
    text,
  );
}

function refusal(because: string): Refused {
  return failed(`nothing was moved: ${because}`);
}
