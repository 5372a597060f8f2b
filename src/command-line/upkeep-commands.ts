import type { Command } from "commander";
import { anchorAtMigration } from "../audit/index.ts";
import { databaseFiles } from "../artifacts/index.ts";
import { createEncryption } from "../foundation/index.ts";
import { type Settings } from "../operations/index.ts";
import { openIdentity } from "../secrets/index.ts";
import { backUpSqlite, closeToOthers, migrate, openDatabase } from "../storage/index.ts";
import type { Application } from "../application.ts";
import { type Answer, failed, quoted, shown } from "./answer.ts";
import { columns } from "./columns.ts";
import { pgDumpCommand } from "./pg-dump.ts";
import type { CommandRun, CommandSurroundings } from "./command-run.ts";

/** `lopauth migrate`, `purge` and `backup`. */
export function addUpkeepCommands(program: Command, run: CommandRun): void {
  program
    .command("migrate")
    .description("apply every pending migration of the database")
    .action(() => run.withSurroundings(applyMigrations));
  program
    .command("purge")
    .description("erase what has expired (the server does so by itself, too)")
    .option(
      "--allow <kinds>",
      "carry out once what was refused: kinds as they are counted, separated by commas, or jump (the clock is right)",
    )
    .action(({ allow = "" }: { allow?: string }, command: Command) =>
      run.withApplication((application) =>
        purgeNow(application, allowedKinds(application, allow, command)),
      ),
    );
  program
    .command("backup")
    .description("copy the SQLite register to a new file, or print the pg_dump to use")
    .argument("<file>", "the file to make")
    .action((file: string) => run.withSettings((settings) => backUp(settings, file)));
}

async function applyMigrations(surroundings: CommandSurroundings): Promise<Answer> {
  const { clock, random } = surroundings;
  const settings = surroundings.readSettings();
  const { encryptionKeys } = settings;
  databaseFiles(settings.databaseUrl).forEach(closeToOthers);
  const database = openDatabase(settings.databaseUrl);
  try {
    const encryption = createEncryption(encryptionKeys, random);
    const applied = await migrate(database, anchorAtMigration({ encryption, clock }));
    // Made once, here or by the first node that starts: what people's identifiers derive from.
    await openIdentity({ database, encryption, encryptionKeys, clock });
    const lines = applied.map((name) => `applied ${name}`);
    return shown({ applied }, lines.join("\n") || "The database is up to date.");
  } finally {
    await database.close();
  }
}

async function purgeNow(application: Application, allowed: readonly string[]): Promise<Answer> {
  const allow = new Set(allowed);
  const { erased, refused } = await application.purge({ allow });
  const counts = Object.entries(erased).map(([kind, count]) => [snakeCase(kind), count] as const);
  const lines = counts.map(([kind, count]) => [kind.replaceAll("_", " "), String(count)]);
  const answer = shown({ erased: Object.fromEntries(counts) }, columns()(lines));
  const problems = Object.entries(refused).map(([kind, because]) => ({
    kind: snakeCase(kind),
    because,
  }));
  if (problems.length === 0) return answer;
  const said = problems.map(({ kind, because }) => `${kind}: ${because}`);
  return { ...answer, failure: { error: "not everything was purged", problems, lines: said } };
}

/** @throws CommanderError for a kind that is none: what was mistyped would allow nothing, and nobody would notice */
function allowedKinds({ purgeKinds }: Application, allowed: string, command: Command): string[] {
  const known = ["jump", ...purgeKinds()];
  const asked = allowed.split(",").flatMap((kind) => kind.trim() || []);
  const unknown = asked.filter((kind) => !known.includes(camelCase(kind)));
  if (unknown.length === 0) return asked.map(camelCase);
  const expected = known.map(snakeCase).sort().join(", ");
  return command.error(`error: --allow: found ${unknown.join(", ")}; expected ${expected}`);
}

async function backUp({ databaseUrl }: Settings, file: string): Promise<Answer> {
  if (!databaseUrl.startsWith("sqlite:")) {
    const command = pgDumpCommand(databaseUrl, file);
    const note =
      "# The password is not shown: give it by PGPASSWORD or a password file (~/.pgpass).";
    // The copy holds what the register holds: nobody else may read it.
    return shown({ umask: "077", command }, `${note}\numask 077\n${command}`);
  }
  const outcome = await backUpSqlite(databaseUrl, file);
  if (outcome.accepted) {
    const { bytes } = outcome.value;
    return shown({ file, bytes }, `The register was copied to ${file} (${bytes} bytes).`);
  }
  const [{ reason }] = outcome.problems;
  const error = "nothing was copied";
  if (reason === "register-missing") {
    return failed(`${error}: there is no register at ${databaseUrl}; "lopauth migrate" makes one`);
  }
  return failed(error, [{ argument: "FILE", found: quoted(file), rule: backupRules[reason] }]);
}

const backupRules = {
  "file-exists": "must not exist: a backup never overwrites",
  "folder-missing": "must be in a folder that exists",
  "folder-closed": "must be in a folder that may be written to",
};

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
