/**
 * Operations: what running the provider needs beside its purpose: settings, the log and its redaction,
 * security events, repeated jobs, the words that people read, health.
 * URLs: `/livez`, `/readyz`. It owns no table.
 */
export { type LogFields } from "./log-fields.ts";
export { type Logger, createLogger, silentLogger } from "./logger.ts";
export { type Job, type Jobs, createJobs } from "./jobs.ts";
export { createWorkers, isWorker, tellListening } from "./workers.ts";
export {
  type AuditPosition,
  type EventName,
  type AskedBy,
  type EventContext,
  type EventSubject,
  type RecordEvent,
  type SecurityEvent,
  addressReference,
  createEventLog,
} from "./events.ts";
export { type Retention, retentionSeconds } from "./retention.ts";
export { redacted, redactedText } from "./redaction.ts";
export { type Translate, type Words, createWords } from "./words.ts";
export { type Settings, SettingsError, readSettings } from "./config.ts";
export {
  ConfigurationError,
  type ConfigurationProblem,
  type ReadSetting,
  configurationProblemLine,
} from "./configuration-error.ts";
export { type Judgement, problemsOf } from "./judgements.ts";
export { developmentSecrets } from "./development-secrets.ts";
export { healthRoutes } from "./health.ts";
export { clocksApart } from "./clocks.ts";
export { NodeState } from "./node-state.ts";
export { runtimeVersions } from "./runtime.ts";
export { type Listener, freePorts, portFault } from "./ports.ts";
export { type AddressesOf, createAddresses, createFetch, lookupBy } from "./addresses.ts";
export { settledWithin } from "./settled-within.ts";
export { type TraceSettings, type WatchSettings } from "./watch-settings.ts";
export { type MailEventSettings } from "./mail-event-settings.ts";
export { type MailGuard, createMailGuard } from "./mail-guard.ts";
export { isDatabaseUrl } from "./setting-values.ts";
export { restNowAndThen } from "./rest.ts";
export { outliveReader } from "./unread-log.ts";
export { runTogether } from "./run-together.ts";
