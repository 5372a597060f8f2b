import { hostname } from "node:os";
import type { SettingReader } from "./setting-reader.ts";

/** How a deployment is watched: metrics, traces, the lines of requests. Off unless it is asked for. */
export interface WatchSettings {
  /** Which node this is, in log lines and traces. */
  readonly nodeName: string;
  /** Whether each request is a line of the log. */
  readonly requestLog: boolean;
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly traces: TraceSettings | undefined;
}

/** Where traces go, and how many. */
export interface TraceSettings {
  /** Of a collector that takes OTLP by HTTP, without its path. */
  readonly endpoint: string;
  /** What the collector asks for; secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** The most that are begun in a second: what it costs has a bound, however many requests there are. */
  readonly perSecond: number;
}

/** Reads them; a wrong one is noted among the reader's problems. */
export function readWatchSettings(read: SettingReader): WatchSettings {
  const host = read.text("METRICS_HOST", "127.0.0.1");
  const port = read.optionalPort("METRICS_PORT");
  const endpoint = read.optionalWebAddress("OTEL_EXPORTER_OTLP_ENDPOINT");
  const headers = read.headers("OTEL_EXPORTER_OTLP_HEADERS");
  const serviceName = read.text("OTEL_SERVICE_NAME", "auth-lopcommerce");
  const perSecond = read.count("TRACES_PER_SECOND", 10, 1, 1000);
  return {
    nodeName: read.text("NODE_NAME", hostname()),
    requestLog: read.oneOf("REQUEST_LOG", ["on", "off"], "off") === "on",
    metrics: port === undefined ? undefined : { host, port },
    traces: endpoint === undefined ? undefined : { endpoint, headers, serviceName, perSecond },
  };
}
