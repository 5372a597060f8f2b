import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Encryption } from "../foundation/index.ts";
import type { AccessOperationParts } from "./access-operation-parts.ts";
import { accessOperations } from "./access-operations.ts";
import { type AccountOperationParts, accountOperations } from "./account-operations.ts";
import { apiPath } from "./api-resource.ts";
import {
  type Authorization,
  type AuthorizationParts,
  AuthorityLost,
  createAuthorization,
} from "./authorization.ts";
import { createCursors } from "./cursors.ts";
import {
  type EstablishmentOperationParts,
  establishmentOperations,
} from "./establishment-operations.ts";
import type { Idempotency, KeepAnswer } from "./idempotency.ts";
import { openApiDocument } from "./open-api.ts";
import type { Operation } from "./operation.ts";
import { type ProblemAnswerParts, otherMethod, problemAnswers, send } from "./problem-answers.ts";
import { type Answer, problem } from "./problems.ts";
import { type RequestOperationParts, requestOperations } from "./request-operations.ts";
import { readIdempotencyKey, readRequest } from "./requests.ts";
import type { Caller } from "./token-check.ts";

/** What the API is made of. */
export type ApiParts = Omit<
  AccessOperationParts & AccountOperationParts & RequestOperationParts,
  "cursors"
> &
  EstablishmentOperationParts &
  AuthorizationParts &
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
  router.use(documentPath, onlyRead);
  router.get(documentPath, (ctx) => send(ctx as Context, { status: 200, body: document }));
  const authorization = createAuthorization(parts);
  for (const each of operations) {
    const path = `${apiPath}${each.path.replace(/\{(\w+)\}/g, ":$1")}`;
    const answer = answering(each, parts.idempotency, authorization);
    router[each.method](path, authorization.gate(each.scope), answer);
  }
  router.all(below, authorization.gate(undefined), unserved(operations));
  return router;
}

/** It takes no token: by no other method either. */
const onlyRead: Middleware = async (ctx, next) => {
  if (ctx.method === "GET" || ctx.method === "HEAD") await next();
  else otherMethod("HEAD, GET")(ctx);
};

/** Reads the request, does the work once, and sends what came of it. */
function answering(
  operation: Operation,
  idempotency: Idempotency,
  authorization: Authorization,
): Middleware {
  return async (ctx) => {
    try {
      send(ctx, await answer(ctx, operation, idempotency, authorization));
    } catch (error) {
      if (!(error instanceof AuthorityLost)) throw error;
      send(ctx, error.answer);
    }
  };
}

async function answer(
  ctx: Context,
  operation: Operation,
  idempotency: Idempotency,
  authorization: Authorization,
): Promise<Answer> {
  const read = await readRequest(ctx, operation);
  if (read.refusal) return read.refusal;
  const { key, refusal } = operation.body ? readIdempotencyKey(ctx) : {};
  if (refusal) return refusal;
  // A body may come long after its head.
  const caller = operation.body
    ? await authorization.again(ctx, operation.scope)
    : (ctx.state as { caller: Caller }).caller;
  const path = (ctx as unknown as { params: Readonly<Record<string, string>> }).params;
  const { query, body, text } = read;
  const handle = (keepAnswer: KeepAnswer) => {
    const keep: KeepAnswer = async (transaction, kept) => {
      await authorization.againWithin(transaction, ctx, operation.scope);
      await keepAnswer(transaction, kept);
    };
    return operation.handle({ caller, path, query, body, keep, ctx });
  };
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
