import type { Command } from "commander";
import type { Application } from "../application.ts";
import {
  type ClientChangeReason,
  type ClientEntry,
  type RegisteredClient,
  clientEntryView,
  clientProblemLine,
} from "../clients/index.ts";
import { type Outcome, isoInstant } from "../foundation/index.ts";
import { type Answer, type CommandProblem, type Failure, failed, quoted, shown } from "./answer.ts";
import { untilArgument } from "./arguments.ts";
import { namedValues } from "./columns.ts";
import { readClientInput } from "./client-input.ts";
import { readDuration } from "./duration.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

interface RotationOptions {
  readonly until?: string;
  readonly overlap?: string;
}

const by = "operator";

/** `lopauth client add`, `rotate-secret`, `disable`, `enable` and `remove`. */
export function addClientRegistryCommands(client: Command, run: CommandRun): void {
  client
    .command("add")
    .description("register a client: its secret is made, and shown once")
    .argument("<file>", "the JSON of one client, or of a list; - reads standard input")
    .action((file: string) =>
      run.withApplication((application) => registerClients(application, file)),
    );
  client
    .command("rotate-secret")
    .description("make a new secret, shown once; the older one stays valid for a day beside it")
    .argument("<id>", "the client_id of a registered client")
    .option("--until <date>", "the last day of the older one (2027-01-31, in Paris), or an instant")
    .option("--overlap <duration>", "how long it stays valid: 0, 30m, 24h, 7d")
    .action((id: string, options: RotationOptions, command: Command) => {
      if (options.until !== undefined && options.overlap !== undefined) {
        command.error("error: --until and --overlap say the same: give one of them");
      }
      return run.withApplication((application) => rotateSecret(application, id, options));
    });
  const change = (
    name: string,
    description: string,
    work: (application: Application, id: string) => Promise<Answer>,
  ) =>
    client
      .command(name)
      .description(description)
      .argument("<id>", "its client_id")
      .action((id: string) => run.withApplication((application) => work(application, id)));
  change("disable", "refuse a client everything at once, and void all it holds", disableClient);
  change("enable", "serve a disabled client again", enableClient);
  change("remove", "remove a registered client, and void all it holds", removeClient);
}

async function registerClients(application: Application, file: string): Promise<Answer> {
  const read = await readClientInput(file);
  const made =
    "problems" in read && read.problems
      ? { problems: read.problems }
      : await application.clientRegistry.register(file, read.text, by);
  if (made.problems) {
    const { problems } = made;
    const failure: Failure = {
      error: "nothing was registered",
      problems,
      lines: problems.map(clientProblemLine),
    };
    return { failure };
  }
  const now = application.clock.epochSeconds();
  const views = made.registered.map((client) => registeredView(client, now));
  const lines = made.registered.map(({ entry, secret }) =>
    namedValues({ client_id: entry.clientId, client_secret: secret }),
  );
  const secrets = made.registered.some(({ secret }) => secret !== undefined);
  const note = secrets ? "Keep the secret now: it is never shown again.\n" : "";
  const [first] = views;
  const document = views.length === 1 && first ? first : views;
  return shown(document, lines.join("") + note);
}

/** What RFC 7591 §3.2.1 answers, and what `lopauth client show` says. */
function registeredView({ entry, secret }: RegisteredClient, now: number): object {
  return {
    ...clientEntryView(entry, now),
    ...(secret === undefined ? undefined : { client_secret: secret, client_secret_expires_at: 0 }),
  };
}

async function rotateSecret(
  application: Application,
  id: string,
  options: RotationOptions,
): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const endsAt = olderEnd(application, options, problems);
  if (problems.length > 0) return failed("no secret was made", problems);
  const outcome = await application.clientRegistry.rotateSecret(id, by, endsAt);
  if (!outcome.accepted) return refusal(application, "no secret was made", id, outcome);
  const { secret, olderEndsAt } = outcome.value;
  const document = {
    client_id: id,
    client_secret: secret,
    older_secret_ends_at: isoInstant(olderEndsAt),
  };
  const values = namedValues({ client_id: id, client_secret: secret });
  const ended = olderEndsAt <= application.clock.epochSeconds();
  const older = ended ? "is refused from now on" : `is valid until ${instantText(olderEndsAt)}`;
  return shown(
    document,
    `${values}Keep the secret now: it is never shown again. The older one ${older}.`,
  );
}

/** Epoch seconds; undefined when nothing was said. What is wrong is added to `problems`. */
function olderEnd(
  { clock }: Application,
  { until, overlap }: RotationOptions,
  problems: CommandProblem[],
): number | undefined {
  const now = clock.epochSeconds();
  if (overlap === undefined) return untilArgument({ argument: "--until" }, until, now, problems);
  const seconds = readDuration(overlap);
  if (seconds !== undefined) return now + seconds;
  const rule = "must be a number with its unit, up to a year: 0, 90s, 30m, 24h, 7d";
  problems.push({ argument: "--overlap", found: quoted(overlap), rule });
  return undefined;
}

async function disableClient(application: Application, id: string): Promise<Answer> {
  const outcome = await application.clientRegistry.disable(id, by);
  return switched(application, id, outcome, "disabled");
}

async function enableClient(application: Application, id: string): Promise<Answer> {
  const outcome = await application.clientRegistry.enable(id, by);
  return switched(application, id, outcome, "enabled");
}

function switched(
  application: Application,
  id: string,
  outcome: Outcome<ClientEntry, ClientChangeReason>,
  state: "disabled" | "enabled",
): Answer {
  if (outcome.accepted) {
    return shown({ client_id: id, state, changed: true }, `${id} is ${state}.`);
  }
  if (outcome.problems[0].reason === "client-unchanged") {
    return shown({ client_id: id, state, changed: false }, `${id} was ${state} already.`);
  }
  return refusal(application, `nothing was ${state}`, id, outcome);
}

async function removeClient(application: Application, id: string): Promise<Answer> {
  const outcome = await application.clientRegistry.remove(id, by);
  if (!outcome.accepted) return refusal(application, "nothing was removed", id, outcome);
  return shown({ client_id: id, removed: true }, `${id} is removed, and all it held is void.`);
}

function refusal(
  { settings }: Application,
  error: string,
  id: string,
  { problems }: { readonly problems: readonly { readonly reason: ClientChangeReason }[] },
): Answer {
  const rules: Record<ClientChangeReason, string> = {
    "client-unknown": `must be the client_id of a client; "lopauth client list" names them`,
    "client-declared": `must be a registered client: this one is declared; change it in ${settings.clientsFile}, its secret in the environment, and restart`,
    "client-without-secret":
      "must be a client with a secret: this one proves who it is by keys, or not at all",
    "client-unchanged": "must be in another state",
    "end-in-the-past": "must end its older secret in the future",
  };
  return failed(
    error,
    problems.map(({ reason }) => ({ argument: "ID", found: quoted(id), rule: rules[reason] })),
  );
}
