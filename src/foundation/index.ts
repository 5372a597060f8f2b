/**
 * The foundation: time, chance, outcomes, faults, e-mail addresses, digests, encryption, and how work is told of.
 * Pure ideas without I/O, that every other room may use.
 * It owns no URL and no table.
 */
export { attemptEach } from "./attempt-each.ts";
export { Announcement, type Listener } from "./announcement.ts";
export { faultWord } from "./fault-word.ts";
export { growing } from "./growing.ts";
export { Ask } from "./ask.ts";
export { Joined } from "./joined.ts";
export { type Clock, machineSeconds, systemClock } from "./clock.ts";
export { type Random, systemRandom } from "./random.ts";
export { type Outcome, type Problem, accepted, refused } from "./outcome.ts";
export { AppError, type AppErrorCode } from "./app-error.ts";
export { readCopiedAddress } from "./copied-address.ts";
export {
  type EmailAddress,
  networkDomain,
  parseEmailAddress,
  refusedEmailCharacter,
  shownEmail,
} from "./email-address.ts";
export { days, hours, minutes, months, seconds } from "./durations.ts";
export { type CookieSignatures, cookieSignatures } from "./cookie-signatures.ts";
export { digest, keyedDigest, matchesDigest } from "./digest.ts";
export { type Encryption, createEncryption, encryptionKeyId } from "./encryption.ts";
export { escapeHtml } from "./escape-html.ts";
export { foldedText } from "./folded-text.ts";
export { type Locale, locales } from "./locale.ts";
export {
  isoInstant,
  parisClock,
  parisFormats,
  parisInstant,
  parisUntil,
  readInstant,
  readSince,
  readUntil,
  untilRule,
} from "./paris-dates.ts";
export { postgresServers, withoutPassword } from "./postgres-url.ts";
export { type RedisAddress, redisAddress, redisAddressForm } from "./redis-url.ts";
export { type KeptBits, networkOf } from "./network-address.ts";
export { shortageOf } from "./shortage.ts";
export {
  type CountKind,
  type Gauge,
  type GaugeSample,
  type Telemetry,
  type Trace,
  type WorkKind,
  silentTelemetry,
} from "./telemetry.ts";
export { parsedJson } from "./parsed-json.ts";
export { pieces } from "./pieces.ts";
export { oneLine, readText, textProblems } from "./typed-text.ts";
