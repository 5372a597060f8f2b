import { type Command, Option } from "commander";
import type { Application } from "../application.ts";
import { nearestName } from "../clients/index.ts";
import { isoInstant } from "../foundation/index.ts";
import {
  type EntryFilter,
  type EntryState,
  type ListedEntry,
  entryStates,
} from "../outbox/index.ts";
import { type Answer, failed, listed, quoted, shown } from "./answer.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

interface Selection {
  readonly kind?: string;
  readonly destination?: string;
  readonly all?: boolean;
}

/** How many entries are read, and printed, at a time. */
const pageRows = 500;

const kindRule =
  "a channel (mail, back-channel-logout, webhook, signal) or a name (accounts/validation)";
const destinationRule =
  "a domain of mail, a client_id, the address of a webhook, or the mark that the list shows";

/** `lopauth outbox …`: neither to whom nor what is ever shown. */
export function addOutboxCommands(outbox: Command, run: CommandRun): void {
  outbox
    .command("list")
    .description("what waits to be sent and what was given up, the newest first")
    .option("--kind <kind>", `only this: ${kindRule}`)
    .option("--destination <destination>", `only what waits for it: ${destinationRule}`)
    .addOption(new Option("--state <state>", "only in this state").choices(entryStates))
    .action((asked: Selection & { readonly state?: EntryState }, command: Command) => {
      const { state, kind, destination } = asked;
      const states = state === undefined ? (["waiting", "failed"] as const) : [state];
      return run.withApplication(async (application) => {
        await refuseUnknownKind(application, kind, command);
        return listEntries(application, { states, kind, destination });
      });
    });
  for (const act of ["retry", "drop"] as const) {
    outbox
      .command(act)
      .description(acts[act].description)
      .argument("[id...]", "entries, as the list names them")
      .option("--kind <kind>", `all of this: ${kindRule}`)
      .option("--destination <destination>", `all that waits for it: ${destinationRule}`)
      .option("--all", "everything that waits")
      .action((ids: string[], selection: Selection, command: Command) => {
        const { all = false, kind, destination } = selection;
        if ((ids.length > 0 || kind !== undefined || destination !== undefined) === all)
          command.error("error: say which entries (ID, --kind, --destination), or --all");
        const named = ids.length > 0 ? [...new Set(ids)] : undefined;
        return run.withApplication(async (application) => {
          await refuseUnknownKind(application, kind, command);
          return actOn(application, act, { ids: named, kind, destination });
        });
      });
  }
}

const acts = {
  retry: {
    description: "try what waits at once; what was given up is erased, and cannot be tried again",
    done: "tried at once",
    rule: "must be entries that wait for a later try (lopauth outbox list)",
  },
  drop: {
    description: "end what waits: it is erased, and never sent",
    done: "dropped",
    rule: "must be entries that wait and are not being sent at this moment (lopauth outbox list)",
  },
} as const;

/** @throws CommanderError for a kind that is none: « nothing waits » would be taken for an answer */
async function refuseUnknownKind(
  { waiting, rooms, clients }: Application,
  kind: string | undefined,
  command: Command,
): Promise<void> {
  if (kind === undefined) return;
  const known = [...waiting.channels, ...rooms.flatMap(({ letters }) => letters)];
  // A sign-out is called by its client.
  const isKnown = known.includes(kind) || clients.entry(kind) !== undefined;
  if (isKnown || (await waiting.isName(kind))) return;
  const meant = nearestName(kind, known);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  const channels = waiting.channels.join(", ");
  command.error(
    `error: --kind: found ${quoted(kind)}; expected a channel (${channels}) or the name of an entry${hint}`,
  );
}

function listEntries({ waiting }: Application, filter: EntryFilter): Answer {
  const instant = (at: number | undefined) => (at === undefined ? "" : instantText(at));
  return listed({
    pages: pagesOf(waiting, filter),
    header: ["ID", "KIND", "NAME", "STATE", "DESTINATION", "TRIES", "ADDED", "NEXT", "LAST ERROR"],
    cells: (entry) => [
      ...[entry.id, entry.channel, entry.name, entry.state, entry.destination ?? ""],
      ...[String(entry.attempts), instant(entry.createdAt), instant(entry.dueAt)],
      entry.lastError ?? "",
    ],
    view: entryView,
    none: isWhole(filter) ? "Nothing waits, and nothing was given up." : "No entry matches.",
  });
}

/** Whether all that is not sent was asked for. */
function isWhole({ states = [], kind, destination }: EntryFilter): boolean {
  return states.length > 1 && kind === undefined && destination === undefined;
}

function entryView(entry: ListedEntry): object {
  const instant = (at: number | undefined) => (at === undefined ? null : isoInstant(at));
  return {
    ...{ id: entry.id, kind: entry.channel, name: entry.name, state: entry.state },
    destination: entry.destination ?? null,
    sub: entry.accountSub ?? null,
    tries: entry.attempts,
    added_at: isoInstant(entry.createdAt),
    next_at: instant(entry.dueAt),
    ended_at: instant(entry.endedAt),
    last_error: entry.lastError ?? null,
  };
}

async function* pagesOf(waiting: Application["waiting"], filter: EntryFilter) {
  let before: ListedEntry | undefined;
  do {
    const page = await waiting.list(filter, { before, limit: pageRows });
    yield page;
    before = page.length === pageRows ? page.at(-1) : undefined;
  } while (before);
}

async function actOn(
  application: Application,
  act: keyof typeof acts,
  filter: EntryFilter,
): Promise<Answer> {
  const count = await application.waiting[act](filter, { actor: "operator" });
  return answerOf(act, filter, count);
}

function answerOf(act: keyof typeof acts, { ids = [] }: EntryFilter, count: number): Answer {
  const answer = shown(
    { [act === "retry" ? "retried" : "dropped"]: count },
    `${String(count)} ${count === 1 ? "entry is" : "entries are"} ${acts[act].done}.`,
  );
  if (ids.length <= count) return answer;
  const failure = failed("not every entry waits", [
    { argument: "ID", found: quoted(ids.join(" ")), rule: acts[act].rule },
  ]);
  return count > 0 ? { ...answer, ...failure } : failure;
}
