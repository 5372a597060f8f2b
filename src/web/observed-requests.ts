import type { Context, Middleware } from "koa";
import type { Random, Telemetry } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import { pageState } from "./page-state.ts";
import { referenceOf } from "./request-reference.ts";
import { routeName } from "./route-name.ts";

/** What requests are watched by. */
export interface ObservedRequestsParts {
  readonly telemetry: Telemetry;
  readonly random: Pick<Random, "identifier">;
  readonly logger: Pick<Logger, "info">;
  /** `REQUEST_LOG`: whether each request is a line of the log. */
  readonly requestLog: boolean;
  /** `NODE_NAME`: which of the nodes it was. */
  readonly nodeName: string;
  /** Whether a proxy of ours stands in front: a `traceparent` that anybody may send is not believed. */
  readonly behindProxy: boolean;
}

/** What became of a request. */
type RequestOutcome = "accepted" | "refused" | "too-many" | "unavailable" | "fault";

/** The first middleware of all: measures each request, follows some of them, and writes its line where that is asked. */
export function observedRequests(parts: ObservedRequestsParts): Middleware {
  const { telemetry, random, behindProxy } = parts;
  const makeReference = () => random.identifier();
  return async (ctx, next) => {
    const begin = performance.now();
    pageState(ctx).makeReference = makeReference;
    const trace = telemetry.trace("request", behindProxy ? ctx.get("traceparent") : undefined);
    let status: number | undefined;
    try {
      await (trace ? trace.run(next) : next());
      ({ status } = ctx);
    } finally {
      // What is thrown here was foreseen by nobody: Koa answers 500.
      status ??= 500;
      const milliseconds = performance.now() - begin;
      const route = routeName(ctx);
      const outcome = outcomeOf(status);
      telemetry.record("request", route, outcome, milliseconds / 1000);
      if (trace) trace.end(route, outcome, { ...described(ctx, parts), status });
      if (parts.requestLog) {
        const ms = Math.round(milliseconds * 10) / 10;
        parts.logger.info({ ...described(ctx, parts), status, ms }, "request");
      }
    }
  };
}

function outcomeOf(status: number): RequestOutcome {
  if (status < 400) return "accepted";
  if (status === 429) return "too-many";
  if (status === 503) return "unavailable";
  return status < 500 ? "refused" : "fault";
}

function described(ctx: Context, { random, nodeName }: ObservedRequestsParts) {
  const { oidc } = ctx as { oidc?: { readonly client?: { readonly clientId: string } } };
  const [method, route] = routeName(ctx).split(" ");
  return {
    ...{ method, route, reference: referenceOf(ctx, random) },
    ...(oidc?.client && { clientId: oidc.client.clientId }),
    node: nodeName,
  };
}
