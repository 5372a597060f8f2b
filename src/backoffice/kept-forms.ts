import type { Context } from "koa";
import { type Clock, type Encryption, type Random, digest, hours } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { KeptFormStore } from "./kept-form-store.ts";

/** A form as it was sent, and what it was sent to. */
export interface KeptForm {
  /** The path as its route has it. */
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

/**
 * Keeps a form that came when its person was to confirm who they are, so that nothing typed is lost. It is theirs alone,
 * sealed at rest, for an hour, and carried out once.
 */
export interface KeptForms {
  /** @returns the path of the page that it waits at */
  readonly keep: (
    ctx: Context,
    accountSub: string,
    form: Pick<KeptForm, "route" | "params">,
  ) => Promise<string>;
  readonly has: (id: string, accountSub: string) => Promise<boolean>;
  readonly take: (id: string, accountSub: string) => Promise<KeptForm | undefined>;
}

/** Where forms wait. */
export const keptPath = "/admin/kept";

const lifeSeconds = hours(1);

/** Builds it on its table. */
export function createKeptForms(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
}): KeptForms {
  const { clock, random, encryption } = parts;
  const store = new KeptFormStore(parts.database.knex);
  return {
    keep: async (ctx, accountSub, { route, params }) => {
      const id = random.secret();
      const files = [...(ctx.request.files ?? [])].map(([field, { name, bytes }]) => ({
        ...{ field, name, base64: bytes.toString("base64") },
      }));
      const { path, querystring: query } = ctx;
      const form: KeptForm = { route, path, query, params, body: ctx.request.body, files };
      const idDigest = digest(id);
      const sealed = encryption.encrypt(JSON.stringify(form), keptFormPlace(idDigest));
      const expiresAt = clock.epochSeconds() + lifeSeconds;
      await store.insert({ idDigest, accountSub, sealed, expiresAt });
      return `${keptPath}/${id}`;
    },
    has: (id, accountSub) => store.has(digest(id), accountSub, clock.epochSeconds()),
    take: async (id, accountSub) => {
      const sealed = await store.take(digest(id), accountSub, clock.epochSeconds());
      if (sealed === undefined) return undefined;
      return JSON.parse(encryption.decrypt(sealed, keptFormPlace(digest(id)))) as KeptForm;
    },
  };
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
