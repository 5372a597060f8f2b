import type { Readable } from "node:stream";
import type { NodemailerError, SendMailOptions } from "nodemailer";

/** How long a server may take. */
export interface HandOverLimits {
  /** From the connection to the end of what is said to it, in seconds. */
  readonly sendSeconds: number;
  /** To its answer to a whole mail, in seconds. */
  readonly answerSeconds: number;
}

/** What happens to one mail on its way. */
export interface Trip extends HandOverLimits {
  /** The whole of it has been said: from now on it may have been taken, whatever is answered. */
  readonly said: () => void;
}

/** A whole mail was said, and no answer came: it may have been taken. */
export class Unanswered extends Error {}

/** What is needed of nodemailer's transport. */
interface Transport {
  readonly use: (step: "stream", plugin: (mail: Mail, done: () => void) => void) => unknown;
  readonly sendMail: (message: SendMailOptions) => Promise<unknown>;
}

interface Mail {
  readonly data: { readonly messageId?: unknown };
  readonly message: { readonly processFunc: (follow: (stream: Readable) => Readable) => void };
}

/**
 * Hands mails to a transport, one connection lost being made up for by another: only where nothing of the mail was said on it.
 * One that was lost behind a whole mail may have taken it, and to say it again at once would most likely be to send it twice
 * (RFC 1047).
 * @throws Unanswered or the transport's error, where it was not taken
 */
export function createHandOver(
  transport: Transport,
): (message: SendMailOptions & { readonly messageId: string }, trip: Trip) => Promise<void> {
  const streams = new Map<string, (stream: Readable) => void>();
  transport.use("stream", ({ data, message }, done) => {
    const follow = streams.get(String(data.messageId));
    message.processFunc((stream) => {
      follow?.(stream);
      return stream;
    });
    done();
  });
  return async (message, trip) => {
    for (let isAgain = false; ; isAgain = true) {
      const limit = new TimeLimit(trip.sendSeconds);
      let stream: Readable | undefined;
      streams.set(message.messageId, (begun) => {
        stream = begun;
        begun.once("end", () => {
          limit.set(trip.answerSeconds);
          trip.said();
        });
      });
      try {
        await transport.sendMail({ ...message, signal: limit.signal });
        return;
      } catch (error) {
        const { responseCode } = error as NodemailerError;
        if (stream?.readableEnded === true && responseCode === undefined) throw new Unanswered();
        if (isAgain || stream?.readableDidRead !== false || !isLost(error)) throw error;
      } finally {
        limit.clear();
        streams.delete(message.messageId);
      }
    }
  };
}

function isLost(error: unknown): boolean {
  const { code = "", responseCode } = error as NodemailerError;
  return responseCode === 421 || ["ECONNECTION", "ESOCKET"].includes(code);
}

/** A limit that may be set anew. */
class TimeLimit {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(seconds: number) {
    this.set(seconds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  set(seconds: number): void {
    this.clear();
    this.#timer = setTimeout(() => this.#controller.abort(), seconds * 1000);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
