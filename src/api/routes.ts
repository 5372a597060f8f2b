import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Encryption } from "../foundation/index.ts";
import type { AccessOperationParts } from "./access-operation-parts.ts";
import { accessOperations } from "./access-operations.ts";
import { type AccountOperationParts, accountOperations } from "./account-operations.ts";
import { type ApiScope, apiPath } from "./api-resource.ts";
import { createCursors } from "./cursors.ts";
import {
  type EstablishmentOperationParts,
  establishmentOperations,
} from "./establishment-operations.ts";
import type { Idempotency, KeepAnswer } from "./idempotency.ts";
import { openApiDocument } from "./open-api.ts";
import type { Operation } from "./operation.ts";
import { type ProblemAnswerParts, problemAnswers, send } from "./problem-answers.ts";
import { type Answer, problem } from "./problems.ts";
import { type RequestOperationParts, requestOperations } from "./request-operations.ts";
import { readIdempotencyKey, readRequest } from "./requests.ts";
import { type Caller, type TokenCheckParts, createTokenCheck, mayDo } from "./token-check.ts";

/** What the API is made of. */
export type ApiParts = Omit<
  AccessOperationParts & AccountOperationParts & RequestOperationParts,
  "cursors"
> &
  EstablishmentOperationParts &
  TokenCheckParts &
  ProblemAnswerParts & { readonly encryption: Encryption; readonly idempotency: Idempotency };

/** `/api/v1`: every operation behind the check of its token, the document beside them, and problems for all that fails. */
export function apiRoutes(parts: ApiParts): Router {
  const cursors = createCursors(parts.encryption);
  const operations = [
    ...accessOperations({ ...parts, cursors }),
    ...requestOperations({ ...parts, cursors }),
    ...accountOperations({ ...parts, cursors }),
    ...establishmentOperations(parts),
  ];
  const document = openApiDocument(parts.issuer, operations);
  const documentPath = `${apiPath}/openapi.json`;
  const router = new Router();
  const below = `${apiPath}{/*rest}`;
  router.use(below, problemAnswers(parts));
  router.get(documentPath, (ctx) => send(ctx as Context, { status: 200, body: document }));
  const check = authorized(parts);
  for (const each of operations) {
    const path = `${apiPath}${each.path.replace(/\{(\w+)\}/g, ":$1")}`;
    router[each.method](path, check(each.scope), answering(each, parts.idempotency));
  }
  router.all(below, check(undefined), unserved(operations));
  return router;
}

/** Sets `ctx.state.caller`, or refuses as RFC 6750 §3 says. */
function authorized(parts: TokenCheckParts): (scope: ApiScope | undefined) => Middleware {
  const judge = createTokenCheck(parts);
  return (scope) => async (ctx, next) => {
    const outcome = await judge(ctx.get("Authorization"));
    if (!outcome.accepted) {
      send(ctx, refusedToken(outcome.problems[0].reason));
    } else if (scope && !mayDo(outcome.value, scope)) {
      send(ctx, missingScope(scope));
    } else {
      (ctx.state as { caller?: Caller }).caller = outcome.value;
      await next();
    }
  };
}

const tokenDetails = {
  "token-invalid": "It is no access token for this API (its resource is the address of the API).",
  "token-expired": "It has expired: ask for another.",
  "token-bound": "It is bound to a DPoP key: this API takes tokens without.",
  "token-of-person": "It is a person's: this API takes those of the client_credentials grant.",
  "client-not-served": "Its client is not served any more.",
};

function refusedToken(reason: "token-missing" | keyof typeof tokenDetails): Answer {
  if (reason === "token-missing") {
    return problem("token-required", { headers: { "WWW-Authenticate": "Bearer" } });
  }
  const detail = tokenDetails[reason];
  const challenge = `Bearer error="invalid_token", error_description="${detail}"`;
  return problem("token-refused", { detail, headers: { "WWW-Authenticate": challenge } });
}

function missingScope(scope: ApiScope): Answer {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  const detail = `It needs the scope ${scope}.`;
  return problem("scope-missing", { detail, headers: { "WWW-Authenticate": challenge } });
}

/** Reads the request, does the work once, and sends what came of it. */
function answering(operation: Operation, idempotency: Idempotency): Middleware {
  return async (ctx) => {
    send(ctx, await answer(ctx, operation, idempotency));
  };
}

async function answer(
  ctx: Context,
  operation: Operation,
  idempotency: Idempotency,
): Promise<Answer> {
  const read = await readRequest(ctx, operation);
  if (read.refusal) return read.refusal;
  const { key, refusal } = operation.body ? readIdempotencyKey(ctx) : {};
  if (refusal) return refusal;
  const { caller } = ctx.state as { caller: Caller };
  const path = (ctx as unknown as { params: Readonly<Record<string, string>> }).params;
  const { query, body, text } = read;
  const handle = (keep: KeepAnswer) => operation.handle({ caller, path, query, body, keep, ctx });
  if (key === undefined) return handle(() => Promise.resolve());
  const content = `${operation.id} ${ctx.path}\n${text}`;
  return idempotency.once({ clientId: caller.clientId, key, content }, handle);
}

/** A path that is served by another method is 405, with `Allow`; any other is 404. */
function unserved(operations: readonly Operation[]): Middleware {
  return (ctx) => {
    const methods = operations
      .filter(({ path }) => patternOf(path).test(ctx.path))
      .map(({ method }) => method.toUpperCase());
    const served = methods.includes("GET") ? ["HEAD", ...methods] : methods;
    const Allow = served.join(", ");
    const code = methods.length === 0 ? "not-found" : "method-not-allowed";
    send(ctx, problem(code, methods.length === 0 ? {} : { headers: { Allow } }));
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${apiPath}${path.replace(/\{\w+\}/g, "[^/]+")}/?$`);
}
