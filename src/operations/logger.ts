import pino from "pino";
import type { Clock } from "../foundation/index.ts";
import type { LogFields, OfTheLog } from "./log-fields.ts";
import { type LogDestination, lossyLines } from "./lossy-lines.ts";
import { readableLine } from "./readable-line.ts";
import { redacted, redactedText } from "./redaction.ts";

/** How much is logged: `LOG_LEVEL`. */
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Writes one line: what happened in a few words, and fields that a program can search, each of which `docs/log.md` names. */
export type LogLine = <Fields extends LogFields>(
  fields: Fields & OfTheLog<Fields>,
  message: string,
) => void;

/**
 * Writes structured lines. Put an error under `err`. Every line passes the redaction of
 * `operations/redaction`, yet keep secrets out of what you give it: the net is the second lock.
 */
export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  /** Somebody has to look at it. */
  readonly error: LogLine;
  /** The process cannot go on. */
  readonly fatal: LogLine;
  /** The same logger, with these fields in every line (for example a request's reference). */
  readonly with: <Fields extends LogFields>(fields: Fields & OfTheLog<Fields>) => Logger;
}

/**
 * @param options.format `json` in production (one object a line, for a collector), `readable` in development
 * @param options.destination standard output unless given, of which a line says when it took some no more
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly format: "json" | "readable";
  readonly clock: Clock;
  readonly destination?: LogDestination;
}): Logger {
  const { clock, destination = lossyLines(process.stdout, tellLost) } = options;
  const lines = pino(
    {
      level: options.level,
      // Neither pid nor host name: the collector knows where a line comes from.
      base: null,
      timestamp: () => `,"time":"${new Date(clock.epochMilliseconds()).toISOString()}"`,
      // Errors are serialised by the redaction, which comes first.
      serializers: { err: (err: unknown) => err },
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) =>
        void destination.write(options.format === "json" ? line : readableLine(line)),
    },
  );
  const logger = wrap(lines);
  function tellLost(lost: number): void {
    logger.error({ lost }, "lines of the log were lost: standard output did not take them");
  }
  return logger;
}

/** A logger that writes nothing. */
export const silentLogger: Logger = wrap(pino({ level: "silent" }));

function wrap(lines: pino.Logger): Logger {
  const line =
    (level: Exclude<LogLevel, "silent">): LogLine =>
    (fields, message) => {
      if (lines.isLevelEnabled(level)) lines[level](redacted(fields), redactedText(message));
    };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    fatal: line("fatal"),
    with: (fields) => wrap(lines.child(redacted(fields))),
  };
}
