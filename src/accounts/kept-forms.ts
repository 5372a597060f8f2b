import type { Context } from "koa";
import { type Clock, type Encryption, type Random, digest, hours } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { isSecretField } from "../web/index.ts";
import type { KeptFormState } from "./page-models.ts";
import type { Account } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import { type KeptFormRow, KeptFormStore } from "./kept-form-store.ts";

/** A form as it was sent, and what it was sent to. */
export interface KeptForm {
  /** The path as its route has it; "" where its own path finds it again. */
  readonly route: string;
  readonly path: string;
  readonly query: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly files: readonly {
    readonly field: string;
    readonly name: string;
    readonly base64: string;
  }[];
}

/** Whose form it is: their account, under the credentials of the session that it came from. */
export type FormSender = Pick<Account, "sub" | "credentials">;

/**
 * Keeps a form that came when its person was to confirm who they are, so that nothing typed is lost. It is theirs alone,
 * sealed at rest, for an hour, carried out once, and void when their credentials have changed since. Passwords, codes and
 * answers of devices are not kept: the form is shown again filled with all but these.
 */
export interface KeptForms {
  /**
   * @returns what it waits under, to be shown to its sender; undefined when too many wait already, or when the account is
   * gone or has other credentials: nobody could take it up
   */
  readonly keep: (
    ctx: Context,
    sender: FormSender,
    form: Pick<KeptForm, "route" | "params">,
  ) => Promise<string | undefined>;
  /** The form while it waits, for its sender to see which it is. */
  readonly find: (id: string, sender: FormSender) => Promise<KeptForm | undefined>;
  /**
   * Has it carried out, by whoever is first. It waits on where nothing came of it: what it led to (a preview, a refusal) is there
   * again at a reload, and in another language.
   * @param act whether something was done
   * @returns false where it does not wait any more
   */
  readonly carryOut: (
    id: string,
    sender: FormSender,
    act: (form: KeptForm) => Promise<boolean>,
  ) => Promise<boolean>;
}

/** What a form waits under that could not be kept: its sender is told, behind the sign-in. */
export const notKept = "not-kept";

/** How long one waits. */
export const keptSeconds = hours(1);

/** How many forms of one person wait at most. */
const mostForms = 20;

interface KeptFormsParts {
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
}

/** Builds it on its table. */
export function createKeptForms(parts: KeptFormsParts): KeptForms {
  const { clock, encryption } = parts;
  const store = new KeptFormStore(parts.database.knex);
  const opened = (id: string, { credentials }: FormSender, sealed: string | undefined) => {
    if (sealed === undefined) return undefined;
    const text = encryption.decrypt(sealed, keptFormPlace(digest(id)));
    const kept = JSON.parse(text) as KeptForm & { readonly credentials?: string };
    return kept.credentials === credentials ? kept : undefined;
  };
  return {
    keep: (ctx, sender, where) => kept(parts, store, sender, sentForm(ctx, where)),
    find: async (id, sender) => {
      const sealed = await store.find(digest(id), sender.sub, clock.epochSeconds());
      return opened(id, sender, sealed);
    },
    carryOut: async (id, sender, act) => {
      const row = await store.take(digest(id), sender.sub, clock.epochSeconds());
      const form = opened(id, sender, row?.sealed);
      if (!row || !form) return false;
      await giveBackUnless(() => act(form), row, store);
      return true;
    },
  };
}

/** @returns what it waits under; undefined where it may not wait */
async function kept(
  { database, accounts, clock, random, encryption }: KeptFormsParts,
  store: KeptFormStore,
  { sub, credentials }: FormSender,
  sent: KeptForm,
): Promise<string | undefined> {
  const id = random.secret();
  const idDigest = digest(id);
  const text = JSON.stringify({ ...sent, credentials });
  const sealed = encryption.encrypt(text, keptFormPlace(idDigest));
  const now = clock.epochSeconds();
  const row = { idDigest, accountSub: sub, sealed, expiresAt: now + keptSeconds };
  const isKept = await database.transaction(async (transaction) => {
    const [account] = await accounts.within(transaction).hold([sub]);
    if (account?.state !== "active" || account.credentials !== credentials) return false;
    return store.within(transaction).insert(row, mostForms, now);
  });
  return isKept ? id : undefined;
}

async function giveBackUnless(
  isDone: () => Promise<boolean>,
  row: KeptFormRow,
  store: KeptFormStore,
): Promise<void> {
  let done = false;
  try {
    done = await isDone();
  } finally {
    if (!done) await store.giveBack(row);
  }
}

function sentForm(ctx: Context, { route, params }: Pick<KeptForm, "route" | "params">): KeptForm {
  const files = [...(ctx.request.files ?? [])].map(([field, { name, bytes }]) => ({
    ...{ field, name, base64: bytes.toString("base64") },
  }));
  const { path, querystring: query } = ctx;
  return { route, path, query, params, body: withoutSecrets(ctx.request.body), files };
}

/** What became of a form, for who looks at its page; `form` is what waits. */
export async function keptFormState(
  keptForms: Pick<KeptForms, "find">,
  id: string,
  sender: FormSender,
): Promise<{ readonly reason: KeptFormState; readonly form?: KeptForm }> {
  if (id === notKept) return { reason: "not-kept" };
  const form = await keptForms.find(id, sender);
  return form ? { reason: "waiting", form } : { reason: "gone" };
}

/** What a form of one's own pages is named by: where it was sent, without what tells one row from another. */
export function ownFormName({ path }: Pick<KeptForm, "path">): string {
  return path
    .replace(/\/(sessions|passkeys)\/[^/]+\//, "/$1/:id/")
    .replace(/\/organisations\/[^/]+\//, "/organisations/:siren/");
}

function withoutSecrets(body: unknown): unknown {
  return Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !isSecretField(name)));
}

/** Puts a form where its route reads it. */
export function restoreForm(ctx: Context, { path, query, body, files }: KeptForm): void {
  ctx.path = path;
  ctx.querystring = query;
  ctx.request.body = body;
  ctx.request.files = new Map(
    files.map(({ field, name, base64 }) => [field, { name, bytes: Buffer.from(base64, "base64") }]),
  );
}

/** Where a sealed form stands, for its encryption. */
export function keptFormPlace(idDigest: string): string {
  return `kept_forms:${idDigest}`;
}
