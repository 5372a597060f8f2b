import { type Clock, days, hours, minutes, seconds } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { type DueEstablishment, DetailsStore, type KnownEstablishment } from "./details-store.ts";
import type { EstablishmentDirectory } from "./directory.ts";
import type { Siret } from "./siret.ts";

/** What filling in details needs. */
export interface DetailsParts {
  readonly database: Database;
  readonly clock: Clock;
  /** Absent when no directory is configured: nothing is asked for. */
  readonly directory: EstablishmentDirectory | undefined;
}

/** How long an answer holds. */
const refreshedAfterSeconds = days(30);
/** How long one establishment is one node's. */
const leaseSeconds = minutes(1);
/** Establishments a run at most, and how long a run may last: a server that stops waits for it. */
const establishmentsARun = 50;
const longestRunSeconds = seconds(5);
/** The pauses after an unanswered question, and after the answer that there is no such establishment. */
const delaysSeconds = [minutes(1), minutes(5), minutes(30), hours(2), hours(12), hours(24)];
const unknownDelaysSeconds = [hours(1), hours(24), days(7), days(30)];

/** Names, addresses and states of establishments, from the directory: never on the path of a sign-in. */
export class Details {
  readonly #parts: DetailsParts;
  readonly #store: DetailsStore;
  #pausedUntil = 0;

  constructor(parts: DetailsParts) {
    this.#parts = parts;
    this.#store = new DetailsStore(parts.database.knex);
  }

  /** All that is known of these establishments. */
  find(sirets: readonly Siret[]): Promise<KnownEstablishment[]> {
    return this.#store.findAll(sirets);
  }

  /**
   * The job that asks for what is new or thirty days old. Outside every transaction: a directory that is slow
   * keeps nobody waiting. A run ends at the first answer that is none, or before the next question when it is told to.
   * @returns how many were answered
   */
  async fill(stopping?: AbortSignal): Promise<number> {
    const { clock, directory } = this.#parts;
    const begin = clock.epochSeconds();
    if (!directory || begin < this.#pausedUntil) return 0;
    let answered = 0;
    for (const due of await this.#store.listDue(begin, establishmentsARun)) {
      const now = clock.epochSeconds();
      if (now - begin > longestRunSeconds || stopping?.aborted) break;
      if (!(await this.#store.take(due, now + leaseSeconds))) continue;
      if (!(await this.#fillOne(directory, due))) break;
      answered += 1;
    }
    return answered;
  }

  /** @returns whether the directory answered */
  async #fillOne(directory: EstablishmentDirectory, due: DueEstablishment): Promise<boolean> {
    const { siret, attempts } = due;
    const outcome = await directory.find(siret);
    const now = this.#parts.clock.epochSeconds();
    if (outcome.accepted) {
      await this.#store.keep(siret, outcome.value, {
        at: now,
        nextAt: now + refreshedAfterSeconds,
      });
      return true;
    }
    const [{ reason, details }] = outcome.problems;
    if (reason === "too-many-requests") {
      this.#pausedUntil = now + Number(details?.["seconds"]);
      await this.#store.postpone(siret, this.#pausedUntil, attempts);
      return false;
    }
    const delays = reason === "unknown" ? unknownDelaysSeconds : delaysSeconds;
    const delay = delays[Math.min(attempts, delays.length - 1)] ?? refreshedAfterSeconds;
    await this.#store.postpone(siret, now + delay, attempts + 1);
    return reason === "unknown";
  }
}
