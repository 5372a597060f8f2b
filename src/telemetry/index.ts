/**
 * Telemetry: what those who operate the provider can see of it: metrics for Prometheus, on a port of their own, and traces
 * for an OpenTelemetry collector. The rooms tell it through `foundation/telemetry`; nothing here knows a room.
 * URL: `/metrics` on `METRICS_PORT`. It owns no table.
 */
export { type Watch, openSharedWatch, openWatch } from "./open.ts";
