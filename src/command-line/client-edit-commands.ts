import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { Application } from "../application.ts";
import {
  type ClientChange,
  type ClientEditReason,
  type ClientProblem,
  type EditableClient,
  clientEntryView,
  clientProblemLine,
  documentWith,
} from "../clients/index.ts";
import { type Answer, FaultWithNote, failed, quoted, shown } from "./answer.ts";
import { readClientInput } from "./client-input.ts";
import { namedValues } from "./columns.ts";
import type { CommandRun } from "./command-run.ts";

interface EditOptions {
  readonly preview?: true;
  /** Where what was typed in an editor is, for who only looks. */
  readonly typedIn?: string;
}

const by = "operator";
const unchanged = "nothing was changed";

/** `lopauth client set` and `edit`. */
export function addClientEditCommands(client: Command, run: CommandRun): void {
  const preview = ["--preview", "show what would change, and change nothing"] as const;
  client
    .command("set")
    .description("change settings of a registered client; NAME= leaves one out")
    .argument("<id>", "the client_id of a registered client")
    .argument(
      "<settings...>",
      "NAME=VALUE: client_name=Portail, redirect_uris=https://a.example/cb",
    )
    .option(...preview)
    .action((id: string, settings: readonly string[], options: EditOptions, command: Command) => {
      const wrong = settings.find((each) => !/^[\w#-]+=/.test(each));
      if (wrong !== undefined) command.error(`error: ${quoted(wrong)} must be NAME=VALUE`);
      return run.withApplication((application) => setClient(application, id, settings, options));
    });
  client
    .command("edit")
    .description("edit the JSON of a registered client, in $EDITOR or from a file")
    .argument("<id>", "the client_id of a registered client")
    .argument("[file]", "the JSON of the whole client; - reads standard input")
    .option(...preview)
    .action((id: string, file: string | undefined, options: EditOptions) =>
      run.withApplication((application) => editClient(application, id, file, options)),
    );
}

async function setClient(
  application: Application,
  id: string,
  settings: readonly string[],
  options: EditOptions,
): Promise<Answer> {
  const read = await application.clientEditing.read(id);
  if (!read.accepted) return refusal(application, id, read.problems);
  const document = settings.reduce((document, setting) => {
    const cut = setting.indexOf("=");
    return documentWith(document, setting.slice(0, cut), setting.slice(cut + 1));
  }, read.value.document);
  return change(application, read.value, JSON.stringify(document), options);
}

async function editClient(
  application: Application,
  id: string,
  file: string | undefined,
  options: EditOptions,
): Promise<Answer> {
  const read = await application.clientEditing.read(id);
  if (!read.accepted) return refusal(application, id, read.problems);
  if (file === undefined) return editByHand(application, read.value, options);
  const given = await readClientInput(file);
  if ("problems" in given && given.problems) return named(given.problems);
  return change(application, read.value, given.text, options);
}

/** What was typed is not lost when it changes nothing, whatever for: the file stays, and its name is said. */
async function editByHand(
  application: Application,
  client: EditableClient,
  options: EditOptions,
): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), "lopauth-client-"));
  const file = join(folder, "client.json");
  const shownText = `${JSON.stringify(client.document, undefined, 2)}\n`;
  await writeFile(file, shownText, { mode: 0o600 });
  const answer = await handIn(application, client, file, options).catch((fault: unknown) => {
    throw new FaultWithNote(fault, typedIn(file));
  });
  const isTyped = (await readFile(file, "utf8").catch(() => shownText)) !== shownText;
  if (answer.failure && isTyped) {
    const lines = [...answer.failure.lines, typedIn(file)];
    return { failure: { ...answer.failure, lines } };
  }
  if (answer.failure || !options.preview) await rm(folder, { recursive: true, force: true });
  return answer;
}

const typedIn = (file: string) => `what was typed is in ${file}`;

/** What a person makes of the file. */
async function handIn(
  application: Application,
  client: EditableClient,
  file: string,
  options: EditOptions,
): Promise<Answer> {
  const code = await runEditor(file);
  if (code === 0) {
    const text = await readFile(file, "utf8");
    return change(application, client, text, { ...options, typedIn: file });
  }
  const found = code === undefined ? "none" : `exit ${code}`;
  return failed(unchanged, [{ argument: "$EDITOR", found, rule: editorRule }]);
}

const editorRule = "must name a program that edits a file and ends with 0, or give a FILE";

/** The program of `VISUAL`, else `EDITOR`, with its own arguments. @returns its exit code; undefined when there is none */
async function runEditor(file: string): Promise<number | undefined> {
  const [program, ...words] = (process.env["VISUAL"] ?? process.env["EDITOR"] ?? "")
    .split(" ")
    .filter((word) => word !== "");
  if (program === undefined) return undefined;
  return new Promise((resolve) => {
    const child = spawn(program, [...words, file], { stdio: "inherit" });
    child.on("error", () => {
      resolve(undefined);
    });
    child.on("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

async function change(
  application: Application,
  { entry: { clientId }, version }: EditableClient,
  text: string,
  { preview, typedIn: file }: EditOptions,
): Promise<Answer> {
  const { clientEditing, clock } = application;
  if (preview) {
    const outcome = await clientEditing.preview(clientId, { text, version });
    if (!outcome.accepted) return refused(application, clientId, outcome);
    const typed = file === undefined ? {} : { file };
    const document = {
      client_id: clientId,
      changed: false,
      ...changeView(outcome.value),
      ...typed,
    };
    const note = file === undefined ? "" : ` What was typed is in ${file}.`;
    return shown(document, changeText(outcome.value, `Nothing was changed.${note}`));
  }
  const outcome = await clientEditing.edit(clientId, by, { text, version });
  if (!outcome.accepted) {
    if (outcome.problems[0].reason !== "client-same")
      return refused(application, clientId, outcome);
    const same = { client_id: clientId, changed: false, differences: [] };
    return shown(same, `${clientId} is the same already.`);
  }
  const { change, entry, secret } = outcome.value;
  const document = {
    ...clientEntryView(entry, clock.epochSeconds()),
    changed: true,
    ...changeView(change),
    ...(secret === undefined ? undefined : { client_secret: secret, client_secret_expires_at: 0 }),
  };
  const kept = namedValues({ client_id: clientId, client_secret: secret });
  const note = secret === undefined ? "" : `${kept}Keep the secret now: it is never shown again.\n`;
  return shown(document, `${changeText(change, `${clientId} is changed.`)}\n${note}`);
}

function changeView({ differences, effects }: ClientChange): object {
  return {
    differences: differences.map(({ name, before, after }) => {
      return { name, before: before ?? null, after: after ?? null };
    }),
    tokens_voided_by: effects.voidedBy,
    secret: effects.secret,
    people_get_other_identifiers: effects.renamesPeople,
  };
}

function changeText({ differences, effects }: ClientChange, end: string): string {
  const lines = differences.flatMap(({ name, before, after }) => [
    name,
    ...(before === undefined ? [] : [`  - ${oneLine(before)}`]),
    ...(after === undefined ? [] : [`  + ${oneLine(after)}`]),
  ]);
  const secrets = {
    ...{ ended: "Its secrets end.", made: "A secret is made." },
    ...{ kept: undefined, none: undefined },
  };
  return [
    ...(lines.length > 0 ? lines : ["no difference"]),
    ...(effects.voidedBy.length > 0
      ? [`What was issued to it ends, because of ${effects.voidedBy.join(", ")}.`]
      : ["What was issued to it stays valid."]),
    ...[secrets[effects.secret] ?? []].flat(),
    ...(effects.renamesPeople ? ["People get another identifier (sub) there."] : []),
    end,
  ].join("\n");
}

function oneLine(value: string): string {
  return value.replace(/\s*\n\s*/g, " ");
}

function refused(
  application: Application,
  id: string,
  outcome: Exclude<Awaited<ReturnType<Application["clientEditing"]["edit"]>>, { accepted: true }>,
): Answer {
  return "found" in outcome ? named(outcome.found) : refusal(application, id, outcome.problems);
}

function named(problems: readonly ClientProblem[]): Answer {
  return { failure: { error: unchanged, problems, lines: problems.map(clientProblemLine) } };
}

function refusal(
  { settings }: Application,
  id: string,
  problems: readonly { readonly reason: ClientEditReason }[],
): Answer {
  const rules: Record<ClientEditReason, string> = {
    "client-unknown": `must be the client_id of a client; "lopauth client list" names them`,
    "client-declared": `must be a registered client: this one is declared; change it in ${settings.clientsFile} and restart`,
    "client-changed": "must not be changed by somebody else meanwhile: look at it, and try again",
    "client-same": "must be another",
  };
  return failed(
    unchanged,
    problems.map(({ reason }) => ({ argument: "ID", found: quoted(id), rule: rules[reason] })),
  );
}
