import type { Middleware } from "koa";
import { type Clock, days, digest, hours } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import type { ClientCall } from "./client-calls.ts";
import type { LogoStore } from "./logo-store.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { readRemote } from "./remote-document.ts";

/** The logos of clients, as this provider shows them. */
export interface Logos {
  /**
   * Fetches and checks the logo that a client names, and keeps it.
   * @returns what is wrong with it, a rule that follows the field's name
   */
  readonly problem: (client: LogoClient) => Promise<string | undefined>;
  /** Where a client's logo is served from; undefined when there is none. */
  readonly url: (client: LogoClient) => Promise<string | undefined>;
  /**
   * Fetches what is missing or old, of these clients, and forgets the others.
   * @param stopping breaks off before the next one
   */
  readonly follow: (clients: readonly LogoClient[], stopping?: AbortSignal) => Promise<void>;
}

/** What is read of a client. */
export type LogoClient = Pick<ClientMetadata, "logo_uri">;

/** Where logos are served from. */
const logosPath = "/logos";

const limitBytes = 200 * 1024;
const keptSeconds = days(7);
const triedAgainSeconds = hours(1);

/** How an image of each kind begins. SVG is none of them: it may hold scripts, and addresses of elsewhere. */
const beginnings: Readonly<Record<string, RegExp>> = {
  "image/png": /^\u0089PNG\r\n/,
  "image/jpeg": /^\u00ff\u00d8\u00ff/,
  "image/webp": /^RIFF[^]{4}WEBP/,
  "image/gif": /^GIF8[79]a/,
};

/**
 * Logos are fetched here, once, and served from here: a page of ours loads nothing from elsewhere, so that who is asked for
 * their consent is not told to the client, or whoever serves its images, before they gave it.
 */
export function createLogos({ call, clock, logger, store }: LogoParts): Logos {
  const problem = async ({ logo_uri: uri }: LogoClient): Promise<string | undefined> => {
    if (uri === undefined) return undefined;
    const accept = Object.keys(beginnings).join(", ");
    const read = await readRemote(call, uri, { accept, limitBytes });
    if (read.problem !== undefined) return `must answer ${read.problem}`;
    const { content } = read;
    const mediaType = typeOf(content);
    if (!mediaType) return "must be a PNG, JPEG, WebP or GIF image (an SVG may hold scripts)";
    const logo = { digest: digest(content.toString("latin1")), mediaType, content };
    await store.put(uri, logo, clock.epochSeconds());
    return undefined;
  };
  return {
    problem,
    url: async ({ logo_uri: uri }) => {
      const known = uri === undefined ? undefined : await store.known(uri);
      return known?.digest && `${logosPath}/${known.digest}`;
    },
    follow: async (clients, stopping) => {
      const uris = [...new Set(clients.flatMap(({ logo_uri: uri }) => uri ?? []))];
      await store.keepOnly(uris);
      const known = new Map((await store.list()).map((logo) => [logo.uri, logo]));
      const now = clock.epochSeconds();
      for (const uri of uris) {
        if (stopping?.aborted) return;
        const last = known.get(uri);
        const age = last?.problem === undefined ? keptSeconds : triedAgainSeconds;
        if (last && last.fetchedAt > now - age) continue;
        const found = await problem({ logo_uri: uri });
        if (found === undefined) continue;
        await store.putProblem(uri, found, now);
        logger.warn({ uri, problem: found }, "the logo of a client is not shown");
      }
    },
  };
}

/** What logos are kept with. */
export interface LogoParts {
  readonly call: ClientCall;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: LogoStore;
}

/** `GET /logos/:digest`: the address names the content, so it never changes. */
export function servesLogos(store: LogoStore): Middleware {
  return async (ctx, next) => {
    const [, asked] = /^\/logos\/([\w-]{43})$/.exec(ctx.path) ?? [];
    const isRead = ctx.method === "GET" || ctx.method === "HEAD";
    const logo = asked !== undefined && isRead ? await store.content(asked) : undefined;
    if (!logo) {
      await next();
      return;
    }
    ctx.set("Cache-Control", "public, max-age=31536000, immutable");
    ctx.set("Cross-Origin-Resource-Policy", "same-origin");
    ctx.type = logo.mediaType;
    ctx.body = logo.content;
  };
}

function typeOf(content: Buffer): string | undefined {
  const beginning = content.subarray(0, 16).toString("latin1");
  return Object.keys(beginnings).find((type) => beginnings[type]?.test(beginning));
}
