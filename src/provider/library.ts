import { type JsonWebKey, createPrivateKey } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import type { Context, Middleware } from "koa";
import compose from "koa-compose";
import type { InteractionResults, JWK } from "oidc-provider";
import type Provider from "oidc-provider";
import type { Logger } from "../operations/index.ts";
import { namingItsForm } from "./answer-form.ts";
import { protocolPathsOf } from "./provider.ts";
import {
  type SigningKeyParts,
  keySetVersion,
  loadSigningKeys,
  publicKeySet,
} from "./signing-keys.ts";
import { seeOther } from "../web/index.ts";

/** A session as the library keeps it. */
export type LibrarySession = Awaited<ReturnType<Provider["Session"]["get"]>>;

/** oidc-provider as it serves now. It cannot change its keys while it runs: another set of keys is another provider. */
export interface Library {
  /** Ask for it at each use, and keep nothing of it from one request to the next. */
  readonly now: () => Provider;
  readonly sessionOf: (ctx: Context) => Promise<LibrarySession>;
  /** Hands the answer to a question to the library, and sends the browser on. */
  readonly finish: (
    ctx: Context,
    result: InteractionResults,
    mergeWithLastSubmission: boolean,
  ) => Promise<void>;
}

/** The library, and what keeps it true to its keys. */
export interface ServedLibrary extends Library {
  /** Its endpoints. A request ends on the provider that it began with; sessions and tokens live in the stores. */
  readonly endpoints: Middleware;
  /** The paths that it answers itself: none of our pages is there. */
  readonly paths: () => ReadonlySet<string>;
  /** Which set of keys it serves. */
  readonly version: () => string;
  /** What verifies its signatures; the same object until the keys change. */
  readonly publicKeys: () => ReturnType<typeof publicKeySet>;
  /** Signs a security event token, or another JWT of a type of its own, by the current key of RS256. */
  readonly sign: (type: string, payload: JWTPayload) => Promise<string>;
  /** Makes it anew when another node, or the command line, has changed the keys. Once before it serves. */
  readonly follow: () => Promise<void>;
}

/** Nothing is made before the first `follow`: the keys stand in the migrated register. */
export function createLibrary(
  parts: SigningKeyParts & { readonly logger: Logger },
  make: (jwks: { readonly keys: readonly JWK[] }) => Provider,
): ServedLibrary {
  let served: Served | undefined;
  const current = () => {
    if (!served) throw new Error("the library serves nothing before its keys are followed");
    return served;
  };
  const now = () => current().provider;
  return {
    now,
    sessionOf: (ctx) => now().Session.get(now().createContext(ctx.req, ctx.res)),
    finish: async (ctx, result, mergeWithLastSubmission) => {
      const options = { mergeWithLastSubmission };
      const answer = namingItsForm(result);
      seeOther(ctx, await now().interactionResult(ctx.req, ctx.res, answer, options));
    },
    endpoints: async (ctx, next) => {
      await current().endpoints(ctx, next);
    },
    paths: () => current().paths,
    sign: (type, payload) => signed(type, payload, current().keys),
    version: () => current().version,
    publicKeys: () => current().publicKeys,
    follow: async () => {
      const former = served;
      if (former && keySetVersion(await parts.keyStore.list()) === former.version) return;
      served = await serve(parts, make);
      if (former) parts.logger.info({}, "the signing keys changed");
    },
  };
}

type Served = Awaited<ReturnType<typeof serve>>;

async function serve(
  parts: SigningKeyParts,
  make: (jwks: { readonly keys: readonly JWK[] }) => Provider,
) {
  const { version, ...jwks } = await loadSigningKeys(parts);
  const provider = make(jwks);
  const endpoints = compose(provider.middleware) as Middleware;
  const paths = protocolPathsOf(provider);
  return { version, provider, endpoints, paths, keys: jwks.keys, publicKeys: publicKeySet(jwks) };
}

async function signed(typ: string, payload: JWTPayload, keys: Served["keys"]): Promise<string> {
  const jwk = keys.find(({ alg }) => alg === "RS256");
  if (!jwk) throw new Error("there is no key of RS256, which every provider has");
  const header = { alg: "RS256", typ, kid: String(jwk.kid) };
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}
