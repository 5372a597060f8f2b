/** The fields that a line of the log may have beside `level`, `time` and `msg`: who reads the log is promised them in `docs/log.md`. */
export const logFields = [
  "err",
  "reference",
  "method",
  "route",
  "status",
  "ms",
  "node",
  "poolerMode",
  "clientId",
  "event",
  "name",
  "outcome",
  "reason",
  "sub",
  "addressReference",
  "actor",
  "clientAddress",
  "forwardedForShape",
  "details",
  "auditSeq",
  "auditHash",
  "fault",
  "problem",
  "error",
  "description",
  "detail",
  "path",
  "received",
  "unknown",
  "job",
  "kind",
  "because",
  "milliseconds",
  "outboxId",
  "channel",
  "attempt",
  "pauseSeconds",
  "host",
  "port",
  "issuer",
  "gauge",
  "secondsAhead",
  "uri",
  "known",
  "found",
] as const;

/** Fields of a line: those of {@link logFields}, and no other. */
export type LogFields = { readonly [Field in (typeof logFields)[number]]?: unknown };

/** What is wrong with the type of some fields: each that no line may have. */
export type OfTheLog<Fields> = {
  readonly [Unknown in Exclude<keyof Fields, keyof LogFields>]: never;
};
