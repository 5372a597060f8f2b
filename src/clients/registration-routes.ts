import Router from "@koa/router";
import coBody from "co-body";
import type { Context, Middleware } from "koa";
import { type Outcome, parsedJson } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { databaseFault, outageSentence } from "../storage/index.ts";
import { type RateLimits, requestEvent } from "../web/index.ts";
import type { ClientDirectory } from "./client-directory.ts";
import type { MetadataProblem } from "./client-metadata.ts";
import { pathText, shownValue } from "./client-problem.ts";
import type {
  DynamicRegistration,
  SelfRegistration,
  SelfRegistrationRefusal,
} from "./dynamic-registration.ts";

/** What the endpoints are served with. */
export interface RegistrationRouteParts {
  readonly issuer: string;
  readonly registration: DynamicRegistration;
  readonly directory: Pick<ClientDirectory, "isRegistrationOffered">;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
}

/** Where clients register themselves, below the issuer. */
export const registrationPath = "/reg";

const limitBytes = 100_000;

/**
 * `POST /reg` (RFC 7591 §3) and `GET`, `PUT`, `DELETE /reg/:id` (RFC 7592 §2). Nothing is there until an operator
 * has invited somebody.
 */
export function registrationRoutes(parts: RegistrationRouteParts): Router {
  const { registration, limits, record } = parts;
  const router = new Router();
  // Counted once there is a token to look for, and a document that can be read.
  const counted = async (ctx: Context): Promise<string> => {
    const token = bearerToken(ctx);
    if (token !== "") await limits.limit("client-registration").consume(ctx.ip);
    return token;
  };
  const guard = protocolAnswers(parts.directory);
  router.post(registrationPath, guard, async (ctx) => {
    const document = await readJson(ctx);
    const outcome = await registration.register(await counted(ctx), document);
    if (!outcome.accepted && bearerToken(ctx) !== "")
      await record(requestEvent(ctx, "client-registered", reasonOf(outcome)));
    answer(ctx, 201, outcome, parts.issuer);
  });
  const address = `${registrationPath}/:id`;
  router.get(address, guard, async (ctx) => {
    const outcome = await registration.read(clientIdOf(ctx), await counted(ctx));
    answer(ctx, 200, outcome, parts.issuer);
  });
  router.put(address, guard, async (ctx) => {
    const clientId = clientIdOf(ctx);
    const document = await readJson(ctx);
    const outcome = await registration.update(clientId, await counted(ctx), document);
    if (!outcome.accepted && bearerToken(ctx) !== "")
      await record(requestEvent(ctx, "client-updated", reasonOf(outcome)));
    answer(ctx, 200, outcome, parts.issuer);
  });
  router.delete(address, guard, async (ctx) => {
    const outcome = await registration.remove(clientIdOf(ctx), await counted(ctx));
    if (outcome.accepted) ctx.status = 204;
    else refuse(ctx, outcome);
  });
  return router;
}

/** Nothing is there until somebody may register; then programs ask: whatever goes wrong is answered in JSON. */
function protocolAnswers(directory: RegistrationRouteParts["directory"]): Middleware {
  return async (ctx, next) => {
    if (!directory.isRegistrationOffered()) return;
    ctx.request.headers.accept = "application/json";
    ctx.set("Cache-Control", "no-store");
    await next().catch((fault: unknown) => answerAway(ctx, fault));
  };
}

function clientIdOf(ctx: Context): string {
  const { id = "" } = ctx["params"] as { id?: string };
  return id;
}

/** The token of `Authorization: Bearer` (RFC 6750 §2.1); empty, which is nobody's, without one. */
function bearerToken(ctx: Context): string {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(ctx.get("Authorization"))?.[1] ?? "";
}

/** The body; undefined, which no client may be registered as, when it is not JSON. */
async function readJson(ctx: Context): Promise<unknown> {
  if (!ctx.is("json")) return undefined;
  return parsedJson((await coBody.text(ctx, { limit: limitBytes })) as string);
}

/** The client information response (RFC 7591 §3.2.1, RFC 7592 §3). A secret stands in it once, when it is made. */
function answer(ctx: Context, status: number, outcome: SelfRegistration, issuer: string): void {
  if (!outcome.accepted) {
    refuse(ctx, outcome);
    return;
  }
  const { metadata, registeredAt, secret, registrationToken } = outcome.value;
  ctx.status = status;
  ctx.body = {
    ...metadata,
    client_id_issued_at: registeredAt,
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_client_uri: `${issuer}${registrationPath}/${metadata.client_id}`,
    registration_access_token: registrationToken ?? bearerToken(ctx),
  };
}

/** A database that is away, or that only reads for a while, in the words of the protocol. @throws every other fault */
function answerAway(ctx: Context, fault: unknown): void {
  const away = databaseFault(fault);
  if (!away) throw fault;
  ctx.status = away.status;
  ctx.set("Retry-After", String(away.retryAfterSeconds));
  ctx.body = { error: "temporarily_unavailable", error_description: outageSentence(away) };
}

type Refused = Extract<SelfRegistration<unknown>, { accepted: false }>;

function reasonOf({ problems }: Refused): Outcome<never, SelfRegistrationRefusal> {
  return { accepted: false, problems: [{ reason: problems[0].reason }] };
}

/** RFC 7591 §3.2.2: 400 with what is wrong, all of it; RFC 6750 §3.1: 401 for a token that is not good. */
function refuse(ctx: Context, outcome: Refused): void {
  if ("metadata" in outcome) {
    const { metadata } = outcome;
    const isRedirect = metadata.some(({ path }) => path[0] === "redirect_uris");
    ctx.status = 400;
    ctx.body = {
      error: isRedirect ? "invalid_redirect_uri" : "invalid_client_metadata",
      error_description: description(metadata),
      problems: metadata.map(({ path, value, rule }) => ({
        field: pathText(path),
        found: shownValue(path, value),
        rule,
      })),
    };
    return;
  }
  const [{ reason }] = outcome.problems;
  const isToken = reason !== "identity-changed";
  ctx.status = isToken ? 401 : 400;
  if (isToken) ctx.set("WWW-Authenticate", 'Bearer error="invalid_token"');
  ctx.body = {
    error: isToken ? "invalid_token" : "invalid_client_metadata",
    error_description: sentences[reason],
  };
}

const sentences: Readonly<Record<Exclude<SelfRegistrationRefusal, "metadata-refused">, string>> = {
  "initial-token-refused":
    "the initial access token is unknown, used up, revoked or expired: ask who operates this provider for another",
  "registration-token-refused":
    "the registration access token is not that of this client, or the client is disabled or removed",
  "identity-changed":
    "client_id must be the client's own, and client_secret, when it is given, its current secret",
};

/** In the characters that RFC 6749 §5.2 allows. */
function description(problems: readonly MetadataProblem[]): string {
  const lines = problems.map(({ path, rule }) => `${pathText(path)} ${rule}`.trim());
  const text = lines
    .join("; ")
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7e]|\\/g, "?");
  return text.length > 2000 ? `${text.slice(0, 2000)}...` : text;
}
