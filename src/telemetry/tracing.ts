import { AsyncLocalStorage } from "node:async_hooks";
import type * as OpenTelemetry from "@opentelemetry/api";
import type { Context, Span, SpanContext } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Trace, WorkKind } from "../foundation/index.ts";
import { type Logger, type TraceSettings, redacted, redactedText } from "../operations/index.ts";
import { traceLimit } from "./trace-limit.ts";

/** What follows requests. */
export interface Tracing {
  /** @returns undefined when this one is not followed */
  readonly trace: (kind: WorkKind, parent: string | undefined) => Trace | undefined;
  /** Runs work, as a span where it is part of a request that is followed. */
  readonly within: <Result>(
    kind: WorkKind,
    name: string,
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** Sends what waits, for five seconds at most, and ends. */
  readonly close: () => Promise<void>;
}

/** What tracing needs beside its settings. */
export interface TracingParts {
  readonly settings: TraceSettings;
  readonly nodeName: string;
  readonly version: string;
  readonly logger: Pick<Logger, "warn">;
  /** Told of spans that the collector did not take. */
  readonly dropped: (spans: number) => void;
}

const longestCloseMilliseconds = 5000;

/** Whom a kind of work is with, as OpenTelemetry puts it; our own business unless listed. */
const kinds: Partial<Record<WorkKind, "SERVER" | "CLIENT">> = {
  request: "SERVER",
  statement: "CLIENT",
  delivery: "CLIENT",
  "client-call": "CLIENT",
};

/**
 * Follows requests by spans, and sends them to a collector. By hand, at the places where work is timed anyway: what
 * OpenTelemetry instruments by itself patches the modules it measures, and puts `traceparent` into every call that
 * leaves, those to clients' addresses included. Nothing is registered globally, so nothing of that kind can happen.
 */
export async function createTracing(parts: TracingParts): Promise<Tracing> {
  const { settings } = parts;
  const openTelemetry = await import("@opentelemetry/api");
  const { ROOT_CONTEXT, SpanKind, trace: api } = openTelemetry;
  const { provider, flush } = await openProvider(parts);
  const tracer = provider.getTracer("lopauth", parts.version);
  const active = new AsyncLocalStorage<Span>();
  const mayBegin = traceLimit(settings.perSecond, () => performance.now());
  const endings = spanEndings(openTelemetry);

  const begin = (kind: WorkKind, name: string, parent: Context) =>
    tracer.startSpan(name, { kind: SpanKind[kinds[kind] ?? "INTERNAL"] }, parent);
  return {
    trace: (kind, parent) => {
      const remote = parent === undefined ? undefined : remoteParent(parent);
      if (remote === "not-sampled" || !mayBegin()) return undefined;
      const context = remote ? api.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
      const span = begin(kind, kind, context);
      return { run: (work) => active.run(span, work), end: endings.ofRequest(span) };
    },
    within: (kind, name, work) => {
      const parent = active.getStore();
      if (!parent) return work();
      const span = begin(kind, `${kind} ${name}`, api.setSpan(ROOT_CONTEXT, parent));
      const ended = active.run(span, work);
      ended.then(
        () => span.end(),
        (error: unknown) => endings.byFault(span, error),
      );
      return ended;
    },
    close: flush,
  };
}

/** How spans end, by what became of the work. */
function spanEndings({ SpanStatusCode }: Pick<typeof OpenTelemetry, "SpanStatusCode">) {
  const fail = (span: Span, message?: string) =>
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
  return {
    ofRequest:
      (span: Span): Trace["end"] =>
      (name, outcome, attributes) => {
        span.updateName(name);
        span.setAttributes(spanAttributes(attributes));
        span.setAttribute("outcome", outcome);
        if (outcome === "fault" || outcome === "failed") fail(span);
        span.end();
      },
    byFault: (span: Span, error: unknown): void => {
      const { name: type, message } = error as Partial<Error>;
      span.setAttribute("error.type", type ?? "unknown");
      fail(span, redactedText(message ?? ""));
      span.end();
    },
  };
}

async function openProvider(parts: TracingParts) {
  const [
    { TracerProvider, BatchSpanProcessor },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const { endpoint, headers, serviceName } = parts.settings;
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: 10_000 });
  const processor = new BatchSpanProcessor({ exporter: telling(exporter, parts) });
  const provider = new TracerProvider({
    spanProcessors: [processor],
    resource: resourceFromAttributes({
      "service.name": serviceName,
      "service.version": parts.version,
      "service.instance.id": parts.nodeName,
    }),
  });
  return { provider, flush: () => inTime(provider.shutdown()) };
}

/** A collector that is away is said once, until it takes something again; by itself the library is silent. */
function telling(exporter: SpanExporter, { logger, dropped }: TracingParts): SpanExporter {
  let failing = false;
  return {
    export: (spans: ReadableSpan[], done) => {
      exporter.export(spans, (result) => {
        // `ExportResultCode` has two values, and SUCCESS is the first.
        const failed = (result.code as number) !== 0;
        if (failed) dropped(spans.length);
        if (failed && !failing) logger.warn({ err: result.error }, "the collector takes no traces");
        failing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** What may be said of a request, redacted as a line of the log is. */
function spanAttributes(
  fields: Readonly<Record<string, unknown>>,
): Record<string, string | number> {
  const clean = Object.entries(redacted(fields)).filter(
    (pair): pair is [string, string | number] =>
      typeof pair[1] === "string" || typeof pair[1] === "number",
  );
  return Object.fromEntries(clean.map(([name, value]) => [attributeNames[name] ?? name, value]));
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
const attributeNames: Readonly<Record<string, string>> = {
  method: "http.request.method",
  route: "http.route",
  status: "http.response.status_code",
  reference: "lopauth.reference",
  clientId: "lopauth.client_id",
  node: "lopauth.node",
};

/** @see W3C Trace Context §3.2 @returns undefined when it is none that can be read */
function remoteParent(header: string): SpanContext | "not-sampled" | undefined {
  const found = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/.exec(header);
  const [, traceId = "", spanId = "", flags = ""] = found ?? [];
  if (header.startsWith("ff") || /^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1;
  return isSampled ? { traceId, spanId, traceFlags: 1, isRemote: true } : "not-sampled";
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise((resolve) => {
    timer = setTimeout(resolve, longestCloseMilliseconds);
  });
  await Promise.race([work.catch(() => undefined), tooLate]).finally(() => clearTimeout(timer));
}
