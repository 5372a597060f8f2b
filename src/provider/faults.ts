import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Logger } from "../operations/index.ts";

/** Refusals of protocol requests, with what an operator needs to help an integrator. */
const refusals = [
  "authorization.error",
  "grant.error",
  "introspection.error",
  "revocation.error",
  "userinfo.error",
  "end_session.error",
] as const;

/** What the library only emits is written into the log; a token or code never is. */
export function reportFaults(provider: Provider, logger: Logger): void {
  // The library's types know each event apart; these all bring the context and the error.
  const events = provider as NodeJS.EventEmitter;
  for (const name of refusals) {
    events.on(name, (ctx: KoaContextWithOIDC, error: Error) => logger.info(line(ctx, error), name));
  }
  provider.on("server_error", (ctx: KoaContextWithOIDC, error: Error) =>
    logger.error({ ...line(ctx, error), err: error }, "server_error"),
  );
}

function line(ctx: KoaContextWithOIDC, error: Error): object {
  const { error_detail: detail, error_description: description } = error as {
    error_detail?: string;
    error_description?: string;
  };
  return {
    error: error.message,
    description,
    detail,
    clientId: ctx.oidc.client?.clientId,
    reference: (ctx.state as { reference?: string }).reference,
  };
}
