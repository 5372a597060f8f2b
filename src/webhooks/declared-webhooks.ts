import { dirname, join } from "node:path";
import { z } from "zod";
import {
  type ClientProblem,
  calledRule,
  nearestName,
  parseDeclaredDocument,
  pathText,
  readClientFile,
} from "../clients/index.ts";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Settings,
} from "../operations/index.ts";

/** What may be told. */
export const webhookEvents = ["access.opened", "access.closed", "account.disabled"] as const;

/** One of {@link webhookEvents}. */
export type WebhookEvent = (typeof webhookEvents)[number];

/** An address that is told of events. */
export interface DeclaredWebhook {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** What its messages are signed with. */
  readonly key: Buffer;
}

const secretRule = "whsec_ and 24 to 64 random bytes in base64 (Standard Webhooks)";
const eventsRule = `one or more of ${webhookEvents.join(", ")}`;

/**
 * Reads the declared webhooks: `webhooks.json` beside `CLIENTS_FILE`, a JSON array whose `${NAME}` are variables that `CLIENTS_FILE_VARIABLES` lists.
 * Without the file there is none.
 * @throws ConfigurationError with every problem of the file
 */
export async function readDeclaredWebhooks(
  settings: Pick<Settings, "clientsFile" | "placeholder" | "production">,
): Promise<readonly DeclaredWebhook[]> {
  const file = join(dirname(settings.clientsFile), "webhooks.json");
  const read = await readClientFile(file);
  if (read.problems) {
    if (read.problems.every(({ found }) => found === "no file")) return [];
    throw new ConfigurationError(read.problems.map(settingProblem));
  }
  // Nobody but the operator sees these: an address may hold a secret of its receiver.
  const parsed = parseDeclaredDocument(file, read.text, settings.placeholder, () => true);
  if (parsed.problems) throw new ConfigurationError(parsed.problems.map(settingProblem));
  const { document, reading } = parsed;
  const unread = reading.unread
    .filter(({ isTold }) => !isTold)
    .map(({ path, found, rule }) => ({
      ...{ name: place(file, path), found, expected: rule },
    }));
  const judged = webhooksSchema(settings.production).safeParse(document);
  const known = new Set(reading.unread.map(({ path }) => place(file, path)));
  const wrong = (judged.error?.issues ?? [])
    .flatMap((issue) =>
      issueProblems(file, issue, (path) => reading.show(path, at(document, path))),
    )
    .filter(({ name }) => !known.has(name));
  if (!judged.success || unread.length > 0) throw new ConfigurationError([...unread, ...wrong]);
  return judged.data;
}

function webhooksSchema(production: boolean) {
  const webhook = z
    .strictObject(
      {
        url: z.string({ error: "an address" }).superRefine((value, context) => {
          const rule = calledRule(value, { production });
          if (rule) context.addIssue({ code: "custom", message: rule });
        }),
        events: z
          .array(z.enum(webhookEvents, { error: eventsRule }), { error: eventsRule })
          .min(1, { error: eventsRule }),
        secret: z.string({ error: secretRule }).refine(isSecret, { error: secretRule }),
      },
      { error: ({ code }) => (code === "invalid_type" ? "an object" : undefined) },
    )
    .transform(({ url, events, secret }) => ({ url, events, key: keyOf(secret) }));
  return z
    .array(webhook, { error: "a list of webhooks" })
    .max(50, { error: "at most 50 webhooks" })
    .superRefine((all, context) => {
      all.forEach(({ url }, index) => {
        if (all.findIndex((each) => each.url === url) === index) return;
        const message = "an address that no other webhook has: name all its events in one";
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

function issueProblems(
  file: string,
  issue: z.core.$ZodIssue,
  show: (path: readonly PropertyKey[]) => string,
): ConfigurationProblem[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ name: place(file, issue.path), found: show(issue.path), expected: issue.message }];
  }
  return issue.keys.map((key) => {
    const meant = nearestName(key, ["url", "events", "secret"]);
    const expected = meant ? `no such name: did you mean ${meant}?` : "no such name: remove it";
    return { name: place(file, [...issue.path, key]), found: "a name that is not known", expected };
  });
}

function at(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

function place(file: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? file : `${file} ${pathText(path)}`;
}

function settingProblem({ file, found, rule }: ClientProblem): ConfigurationProblem {
  return { name: file, found, expected: rule };
}
