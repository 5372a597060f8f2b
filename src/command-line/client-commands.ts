import type { Command } from "commander";
import type { Application } from "../application.ts";
import {
  type ClientEntryView,
  clientCheckView,
  clientEntryView,
  clientProblemLine,
  judgeDeclarations,
} from "../clients/index.ts";
import {
  ConfigurationError,
  type Settings,
  configurationProblemLine,
} from "../operations/index.ts";
import { judgeDeclaredWebhooks } from "../webhooks/index.ts";
import { type Answer, failed, listed, quoted, shown } from "./answer.ts";
import { addClientEditCommands } from "./client-edit-commands.ts";
import { addClientInvitationCommands } from "./client-invitation-commands.ts";
import { addClientRegistryCommands } from "./client-registry-commands.ts";
import { namedValues } from "./columns.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

/** `lopauth client …`. */
export function addClientCommands(client: Command, run: CommandRun): void {
  client
    .command("check")
    .description(
      "validate a file of declared clients, CLIENTS_FILE unless named, and resources.json and webhooks.json beside it",
    )
    .argument("[file]", "a JSON array of clients")
    .action((file: string | undefined) =>
      run.withSurroundings(({ readSettings }) => checkClients(readSettings, file)),
    );
  client
    .command("list")
    .description("every client, declared and registered")
    .action(() => run.withApplication((application) => Promise.resolve(listClients(application))));
  client
    .command("show")
    .description("one client with its metadata, defaults filled in")
    .argument("<id>", "its client_id")
    .action((id: string) =>
      run.withApplication((application) => Promise.resolve(showClient(application, id))),
    );
  addClientRegistryCommands(client, run);
  addClientEditCommands(client, run);
  addClientInvitationCommands(client, run);
}

async function checkClients(
  readSettings: () => Settings,
  named: string | undefined,
): Promise<Answer> {
  // Loaded here and not at the top: see opened-application.
  const { attempted } = await import("../examination/index.ts");
  const { settings, wrong, problems: ofSettings } = attempted(readSettings);
  const needed = named === undefined ? ["CLIENTS_FILE", "CLIENTS_FILE_VARIABLES"] : [];
  if (needed.some((name) => wrong.has(name))) throw new ConfigurationError(ofSettings);
  const view = await checkedFiles(settings, named ?? settings.clientsFile);
  const { file, clients, problems, warnings } = view;
  const sum = `${file}: ${counted(clients.length, "client")}, no problem`;
  const text = [...warnings.map((each) => `warning: ${clientProblemLine(each)}`), sum].join("\n");
  const lines = [
    ...ofSettings.map(configurationProblemLine),
    ...problems.map((each) => clientProblemLine(each)),
  ];
  if (lines.length === 0) return shown(view, text);
  const isAlone = ofSettings.length === 0 && problems.every((each) => each.file === file);
  const many = `${ofSettings.length > 0 ? "the settings, " : ""}${file} and what stands beside it`;
  const what = isAlone ? `${file} has` : `${many} have`;
  return {
    // A program finds what the check found where it finds every answer, and the failure beside it.
    write: async (terminal, json) => {
      if (json) await shown(view, "").write?.(terminal, json);
    },
    failure: {
      error: `${what} ${counted(lines.length, "problem")}`,
      problems: [...ofSettings, ...problems],
      lines,
    },
  };
}

async function checkedFiles(settings: Settings, clientsFile: string) {
  const { ownDeclarations } = await import("../application.ts");
  const read = { ...settings, clientsFile };
  const { clients, problems } = await judgeDeclarations(read, ownDeclarations(settings));
  const { problems: ofWebhooks } = await judgeDeclaredWebhooks(read);
  return clientCheckView(clientsFile, clients, [...problems, ...ofWebhooks]);
}

function listClients({ clients, clock }: Application): Answer {
  const now = clock.epochSeconds();
  return listed({
    pages: [clients.list().map((entry) => clientEntryView(entry, now))],
    header: ["CLIENT", "NAME", "SOURCE", "STATE", "SERVICE"],
    cells: ({ client_id, client_name, source, state, service_name }: ClientEntryView) => [
      client_id,
      client_name ?? "",
      source,
      state,
      service_name ?? "",
    ],
    view: (view) => view,
    none: "There is no client.",
  });
}

function showClient({ clients, clock }: Application, id: string): Answer {
  const entry = clients.entry(id);
  if (!entry) {
    const rule = `must be the client_id of a client; "lopauth client list" names them`;
    return failed("there is nothing to show", [{ argument: "ID", found: quoted(id), rule }]);
  }
  const { problems, ...view } = clientEntryView(entry, clock.epochSeconds());
  const values = Object.entries({ ...view, ...told(view) }).map(([name, value]) => [
    name,
    valueText(value),
  ]);
  const lines = problems.map(clientProblemLine).join("\n");
  return shown(
    { ...view, problems },
    namedValues(Object.fromEntries(values) as Record<string, string | undefined>) + lines,
  );
}

/** What the view says in ISO 8601 of UTC, for who operates. */
function told(
  view: Omit<ClientEntryView, "problems">,
): Partial<Record<keyof ClientEntryView, string | null>> {
  return {
    registered_at: view.registered_at && instantOf(view.registered_at),
    disabled_at: view.disabled_at && instantOf(view.disabled_at),
    secrets: view.secrets.map(secretText).join("; ") || null,
  };
}

function secretText({ created_at: made, ends_at: end }: ClientEntryView["secrets"][number]) {
  if (!made) return "from the environment";
  return `made ${instantOf(made)}${end ? `, refused from ${instantOf(end)} on` : ""}`;
}

function instantOf(iso: string): string {
  return instantText(Date.parse(iso) / 1000);
}

function valueText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isList ? value.join(" ") : JSON.stringify(value);
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
