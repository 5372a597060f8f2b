import { dirname, join } from "node:path";
import { z } from "zod";
import {
  type ClientProblem,
  calledRule,
  documentProblem,
  parseDeclaredDocument,
  pathText,
  readClientFile,
  schemaProblems,
} from "../clients/index.ts";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Settings,
} from "../operations/index.ts";

type DeclarationSettings = Pick<Settings, "clientsFile" | "placeholder" | "production">;

/** What may be told. */
export const webhookEvents = ["access.opened", "access.closed", "account.disabled"] as const;

/** One of {@link webhookEvents}. */
export type WebhookEvent = (typeof webhookEvents)[number];

interface JudgedWebhooks {
  readonly webhooks: readonly DeclaredWebhook[];
  readonly problems: readonly ClientProblem[];
}

/** An address that is told of events. */
export interface DeclaredWebhook {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** What its messages are signed with. */
  readonly key: Buffer;
}

const members = ["url", "events", "secret"];
const secretRule = "must be whsec_ and 24 to 64 random bytes in base64 (Standard Webhooks)";
const eventsRule = `must be one or more of ${webhookEvents.join(", ")}`;

/**
 * Reads the declared webhooks: `webhooks.json` beside `CLIENTS_FILE`, a JSON array whose `${NAME}` are variables that `CLIENTS_FILE_VARIABLES` lists.
 * Without the file there is none.
 * @throws ConfigurationError with every problem of the file
 */
export async function readDeclaredWebhooks(
  settings: DeclarationSettings,
): Promise<readonly DeclaredWebhook[]> {
  const { webhooks, problems } = await judgeDeclaredWebhooks(settings);
  if (problems.length > 0) throw new ConfigurationError(problems.map(settingProblem));
  return webhooks;
}

/** The same judged, for who checks them. Of a file with problems there is no webhook. */
export async function judgeDeclaredWebhooks({
  clientsFile,
  placeholder,
  production,
}: DeclarationSettings): Promise<JudgedWebhooks> {
  const file = join(dirname(clientsFile), "webhooks.json");
  const read = await readClientFile(file);
  if (read.problems?.every(({ found }) => found === "no file")) return none;
  if (read.problems) return { ...none, problems: read.problems };
  // Nobody but the operator sees these: an address may hold a secret of its receiver.
  const parsed = parseDeclaredDocument(file, read.text, placeholder, () => true);
  if (parsed.problems) return { ...none, problems: parsed.problems };
  const { document, reading } = parsed;
  const unread = reading.unread
    .filter(({ isTold }) => !isTold)
    .map(({ path, found, rule }) => documentProblem(file, path, rule, found));
  const judged = webhooksSchema(production).safeParse(document);
  const known = new Set(reading.unread.map(({ path }) => pathText(path)));
  const wrong = (judged.error?.issues ?? [])
    .flatMap((issue) =>
      schemaProblems(file, issue, members, (path) => reading.show(path, at(document, path))),
    )
    .filter(({ field = "" }) => !known.has(field));
  return { webhooks: judged.data ?? [], problems: [...unread, ...wrong] };
}

const none = { webhooks: [], problems: [] };

function webhooksSchema(production: boolean) {
  const webhook = z
    .strictObject(
      {
        url: z.string({ error: "must be an address" }).superRefine((value, context) => {
          const rule = calledRule(value, { production });
          if (rule) context.addIssue({ code: "custom", message: rule });
        }),
        events: z
          .array(z.enum(webhookEvents, { error: eventsRule }), { error: eventsRule })
          .min(1, { error: eventsRule }),
        secret: z.string({ error: secretRule }).refine(isSecret, { error: secretRule }),
      },
      { error: ({ code }) => (code === "invalid_type" ? "must be an object" : undefined) },
    )
    .transform(({ url, events, secret }) => ({ url, events, key: keyOf(secret) }));
  return z
    .array(webhook, { error: "must be a list, in square brackets" })
    .max(50, { error: "must be at most 50 webhooks" })
    .superRefine((all, context) => {
      all.forEach(({ url }, index) => {
        if (all.findIndex((each) => each.url === url) === index) return;
        const message = "must be an address that no other webhook has: name all its events in one";
        context.addIssue({ code: "custom", path: [index, "url"], message });
      });
    });
}

function isSecret(secret: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return false;
  const { length } = keyOf(secret);
  return length >= 24 && length <= 64;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice("whsec_".length), "base64");
}

function at(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

function settingProblem({ file, field, found, rule }: ClientProblem): ConfigurationProblem {
  return { name: field === undefined ? file : `${file} ${field}`, found, expected: rule };
}
