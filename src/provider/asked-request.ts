import { parsedJson } from "../foundation/index.ts";
import Provider, { type KoaContextWithOIDC, errors } from "oidc-provider";
import type { Logger } from "../operations/index.ts";
import { mayTell } from "./claims.ts";
import { assertKeepable } from "./kept-requests.ts";
import { oddSpaces } from "./told-causes.ts";
import { shown } from "./uri-mismatch.ts";

/** What an authorization request is read with. */
export interface AskedRequestParts {
  readonly logger: Pick<Logger, "info">;
  /** Every scope there is, those of resource servers included. */
  readonly scopes: ReadonlySet<string>;
}

/** The scopes that requests under way asked for, `offline_access` included. */
const askedScopes = new WeakMap<KoaContextWithOIDC, readonly string[]>();

/**
 * Reads a request once its parameters are complete, whether they came by the address, pushed, or signed, and before the
 * library judges them: what means nothing is left out instead of refused, and told in the log.
 * @throws InvalidScope with what is wrong with its spaces: the library says of them "invalid characters"
 */
export function readAskedRequest(ctx: KoaContextWithOIDC, parts: AskedRequestParts): void {
  const { params } = ctx.oidc;
  const scope = params?.["scope"];
  if (!params || (ctx.oidc.route !== "authorization" && !isPushed(ctx))) return;
  assertKeepable(ctx);
  if (typeof scope === "string") assertSpaces(scope);
  const asked = typeof scope === "string" ? scope.split(" ") : [];
  askedScopes.set(ctx, asked);
  if (!asked.includes("openid")) leaveOutOfPlainOauth(params);
  askAnewAlways(params);
  if (typeof params["claims"] === "string")
    params["claims"] = knownMembers(params["claims"], ctx.oidc.client?.scope);
  // A pushed request was told when it was pushed.
  if (!ctx.oidc.entities.PushedAuthorizationRequest)
    tellOdd(asked, parts, ctx.oidc.client?.clientId);
}

/**
 * `max_age=0` is a sign-in in any case, and to the library no more than that: it forgets the age, and an answer that was held
 * back for an hour had none. The shortest that it keeps is a second.
 */
function askAnewAlways(params: Record<string, unknown>): void {
  const { max_age: age, prompt } = params;
  if (typeof age !== "string" || Number(age) !== 0) return;
  const prompts = typeof prompt === "string" ? prompt.split(" ") : [];
  // Without a page the library refuses it itself.
  if (prompts.includes("none")) return;
  params["max_age"] = "1";
  params["prompt"] = [...new Set([...prompts, "login"])].join(" ");
}

function tellOdd(
  asked: readonly string[],
  { logger, scopes }: AskedRequestParts,
  clientId: string | undefined,
): void {
  const unknown = asked.filter((each) => !scopes.has(each));
  if (unknown.length > 0) {
    const about = { clientId, unknown: shown(unknown.join(" ")) };
    logger.info(about, "unknown scopes were asked for");
  }
  if (!asked.includes("openid")) {
    const without = "a request without openid: there will be no ID token, and no userinfo";
    logger.info({ clientId }, without);
  }
}

/**
 * Refuses a request object whose members are not what parameters are, before the library makes texts of them: of some
 * objects no text can be made, and that would be a fault of ours. Its client is what the library looks up before.
 */
export function judgeRequestObjects({ Client }: Provider): void {
  const find = Client.find.bind(Client);
  Client.find = async (clientId) => {
    const { params, body } = Provider.ctx?.oidc ?? {};
    // Of a pushed request the library has looked at who sends it alone.
    assertReadable(
      params && Object.hasOwn(params, "request") ? params["request"] : body?.["request"],
    );
    return find(clientId);
  };
}

/**
 * Judges again, where an authorization goes on, what the library judged where it began: its answer may have been held back, and
 * an address that was taken away from its client meanwhile is somebody else's, perhaps. It is led to by no error either.
 */
export function judgeWayBackAgain(provider: Provider): void {
  provider.on("interaction.ended", ({ oidc: { client, params } }) => {
    if (client?.redirectUriAllowed(String(params?.["redirect_uri"])) !== true)
      throw new errors.InvalidRedirectUri();
  });
}

/** @throws InvalidRequestObject */
function assertReadable(request: unknown): void {
  if (typeof request !== "string") return;
  const claims = parsedJson(Buffer.from(request.split(".")[1] ?? "", "base64url").toString("utf8"));
  if (!isObject(claims)) return;
  for (const name of textParameters) {
    if (!Object.hasOwn(claims, name)) continue;
    // Several resources may be named, and nothing else twice.
    const values: readonly unknown[] = [claims[name]].flat(name === "resource" ? 1 : 0);
    // Of null, too: the library would read it as the word, which then is a state, a nonce or an address.
    if (values.some((value) => typeof value === "object")) {
      throw new errors.InvalidRequestObject(`Request Object: ${name} must be a text`);
    }
  }
}

/** What the library reads of a request object, `claims` excepted. What it does not know may be anything. */
const textParameters = [
  ...["client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce"],
  ...[
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
  ],
  ...["acr_values", "claims_locales", "ui_locales", "display", "registration", "resource"],
  ...["request", "request_uri", "dpop_jkt", "siret_hint"],
] as const;

/**
 * Gives back the `offline_access` that the library takes from every request without `prompt=consent`: a client gets a
 * refresh token all the same, when it is first-party, or when its person allowed it on the consent page. What is granted is
 * said, for stock clients send again the scope that they asked for (OpenID Connect Core §11: "other conditions").
 */
export function keepOfflineAccess(ctx: KoaContextWithOIDC): void {
  const { client, params } = ctx.oidc;
  const asked = askedScopes.get(ctx)?.includes("offline_access") === true;
  if (!params || !client || !asked || !client.grantTypeAllowed("refresh_token")) return;
  const allowed = client.scope?.split(" ") ?? ["offline_access"];
  const kept = ctx.oidc.requestParamScopes;
  if (!allowed.includes("offline_access") || kept.has("offline_access")) return;
  params["scope"] = [...kept, "offline_access"].join(" ");
}

function isPushed(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.route === "pushed_authorization_request";
}

function assertSpaces(scope: string): void {
  const odd = oddSpaces(scope);
  if (odd === undefined) return;
  const rule = `scope must be names with one space between them; it ${odd}`;
  // Its own scope is taken off: it would be repeated in the answer.
  throw Object.assign(new errors.InvalidScope(rule, ""), { scope: undefined });
}

/** What only an ID token answers means nothing without one. What would make the sign-in safer is still refused by the library. */
function leaveOutOfPlainOauth(params: Record<string, unknown>): void {
  for (const name of ["nonce", "claims", "claims_locales"]) params[name] = undefined;
}

/**
 * The members of the `claims` parameter that are known, of those the claims asked for as the standard has it: null or an
 * object (OpenID Connect Core §5.5), and of these the ones that a scope of the client's would tell. What is no JSON is left to the library, which says so.
 */
function knownMembers(claims: string, clientScope: string | undefined): string | undefined {
  const parsed = parsedJson(claims);
  if (!isObject(parsed)) return claims;
  const known = ["userinfo", "id_token"].flatMap((name) => {
    const member = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    if (member === undefined) return [];
    const asked = isObject(member)
      ? Object.fromEntries(
          Object.entries(member).filter(
            ([name, value]) => (value === null || isObject(value)) && mayTell(clientScope, name),
          ),
        )
      : member;
    return [[name, asked] as const];
  });
  return known.length === 0 ? undefined : JSON.stringify(Object.fromEntries(known));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
