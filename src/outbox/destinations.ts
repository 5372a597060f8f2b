import { type Clock, minutes, seconds } from "../foundation/index.ts";

/** So many failures in a row, and a destination gets one try at a time, with growing pauses. */
const failuresUntilPause = 3;

const firstPauseSeconds = seconds(5);
const longestPauseSeconds = minutes(1);

interface Destination {
  underWay: number;
  /** In a row. */
  failures: number;
  /** Epoch seconds. */
  pausedUntil: number;
}

/**
 * What this node knows of the servers that its entries go to: one that hangs has no more than its share of the senders, and
 * one that failed again and again is tried by one entry now and then, until one arrives. All of those together have no more
 * than the share of one: many that hang leave senders for the others, too.
 */
export class Destinations {
  readonly #known = new Map<string, Destination>();
  readonly #atOnce: number;
  readonly #clock: Clock;

  /** @param atOnce how many entries may travel to one destination */
  constructor(atOnce: number, clock: Clock) {
    this.#atOnce = atOnce;
    this.#clock = clock;
  }

  /** Those that get nothing more for the moment. */
  busy(): string[] {
    const mayTry = this.#mayTry();
    return [...this.#known.keys()].filter((name) => !this.#mayEnter(name, mayTry));
  }

  /** Whether it is one of those that failed again and again. */
  isFailing(name: string | undefined): boolean {
    const known = name === undefined ? undefined : this.#known.get(name);
    return known !== undefined && isFailing(known);
  }

  /** All of those. */
  failing(): string[] {
    return [...this.#known.keys()].filter((name) => this.isFailing(name));
  }

  /** Takes a place on the way to it, unless it is busy. @returns whether there was one */
  enter(name: string | undefined): boolean {
    if (name === undefined) return true;
    if (!this.#mayEnter(name)) return false;
    const known = this.#known.get(name) ?? { underWay: 0, failures: 0, pausedUntil: 0 };
    known.underWay += 1;
    this.#known.set(name, known);
    return true;
  }

  /** Gives the place back. @param fate undefined: nothing was tried */
  leave(name: string | undefined, fate?: "answered" | "failed"): void {
    const known = name === undefined ? undefined : this.#known.get(name);
    if (name === undefined || !known) return;
    known.underWay -= 1;
    if (fate === "answered") known.failures = 0;
    if (fate === "failed") {
      known.failures += 1;
      const turn = known.failures - failuresUntilPause;
      const pause = Math.min(longestPauseSeconds, firstPauseSeconds * 2 ** Math.min(turn, 10));
      if (turn >= 0) known.pausedUntil = this.#clock.epochSeconds() + pause;
    }
    // Nothing is to be remembered of one that answers.
    if (known.underWay === 0 && known.failures === 0) this.#known.delete(name);
  }

  /** Whether there is a place for one that failed again and again. */
  #mayTry(): boolean {
    let underWay = 0;
    for (const known of this.#known.values()) if (isFailing(known)) underWay += known.underWay;
    return underWay < this.#atOnce;
  }

  /** @param mayTry asked for where it matters, unless it is known */
  #mayEnter(name: string, mayTry?: boolean): boolean {
    const known = this.#known.get(name);
    if (!known) return true;
    if (!isFailing(known)) return known.underWay < this.#atOnce;
    const wait = known.pausedUntil - this.#clock.epochSeconds();
    // A clock that was put back holds nothing up for longer than a pause.
    const isDue = wait <= 0 || wait > longestPauseSeconds;
    return isDue && known.underWay === 0 && (mayTry ?? this.#mayTry());
  }
}

function isFailing({ failures }: Destination): boolean {
  return failures >= failuresUntilPause;
}
