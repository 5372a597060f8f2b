import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Random } from "../foundation/index.ts";
import type { LogFields, Logger } from "../operations/index.ts";
import { referenceOf as requestReference } from "../web/index.ts";
import { keepOutage } from "./outages.ts";
import { helpPath } from "./protocol-errors.ts";
import { toldCause } from "./told-causes.ts";

/** Refusals of protocol requests, with what an operator needs to help an integrator. */
const refusals = [
  "authorization.error",
  "grant.error",
  "introspection.error",
  "revocation.error",
  "userinfo.error",
  "pushed_authorization_request.error",
  "end_session.error",
] as const;

/** What the reports need. */
interface FaultParts {
  readonly logger: Logger;
  readonly random: Random;
}

/**
 * What the library only emits is written into the log; a token or code never is. The answer carries the
 * reference of its line, and an error of JSON the address of its explanation (RFC 6749 §5.2, `error_uri`).
 */
export function reportFaults(provider: Provider, { logger, random }: FaultParts): void {
  // The library's types know each event apart; these all bring the context and the error.
  const events = provider as NodeJS.EventEmitter;
  for (const name of refusals) {
    events.on(name, (ctx: KoaContextWithOIDC, error: Error) => {
      keepOutage(ctx, error);
      explain(ctx, error, provider.issuer);
      logger.info(line(ctx, error, referenceOf(ctx, random)), name);
    });
  }
  provider.on("server_error", (ctx: KoaContextWithOIDC, error: Error) => {
    const reference = referenceOf(ctx, random);
    if (keepOutage(ctx, error)) {
      logger.info(line(ctx, error, reference), "refused for a moment");
      return;
    }
    logger.error({ ...line(ctx, error, reference), err: error }, "server_error");
  });
}

/** The reference of a refused request, which its answer carries too. */
export function referenceOf(ctx: KoaContextWithOIDC, random: Random): string {
  const reference = requestReference(ctx, random);
  ctx.set("X-Error-Reference", reference);
  // A browser application may read it where it may read the answer.
  const exposed = ctx.response.get("Access-Control-Expose-Headers");
  if (ctx.response.get("Access-Control-Allow-Origin") && !exposed.includes("X-Error-Reference")) {
    ctx.append("Access-Control-Expose-Headers", "X-Error-Reference");
  }
  return reference;
}

function explain(ctx: KoaContextWithOIDC, error: Error, issuer: string): void {
  const { body } = ctx as { body: unknown };
  if (typeof body !== "object" || body === null || !("error" in body)) return;
  const cause = toldCause(ctx, error);
  Object.assign(body, {
    ...(cause !== undefined && { error_description: cause }),
    error_uri: `${issuer}${helpPath(String(body.error))}`,
  });
}

function line(ctx: KoaContextWithOIDC, error: Error, reference: string): LogFields {
  const { error_detail: detail, error_description: description } = error as {
    error_detail?: string;
    error_description?: string;
  };
  return {
    error: error.message,
    description,
    detail,
    clientId: ctx.oidc.client?.clientId,
    reference,
  };
}
