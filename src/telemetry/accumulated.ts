import type { Family, DurationFamily } from "./series.ts";

/** One line of the exposition. */
export interface SeriesValue {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The most series of one family. Names come from closed lists, and there are some hundred of them: what exceeds this is a
 * fault of ours, which must not fill the memory of whoever watches.
 */
export const mostSeries = 1000;

/** Where a name goes that is one too many. */
const beyond = "other other";

interface Cell {
  readonly name: string;
  readonly outcome: string;
  /** One more than there are buckets: the last has what exceeds them all. */
  readonly counts: Float64Array;
  sum: number;
}

/** Cells by name and outcome, two looks at texts that are known already: joining them would cost more than all the rest. */
class Cells<Of> {
  readonly all: Of[] = [];
  readonly #byName = new Map<string, Map<string, Of>>();
  readonly #make: (name: string, outcome: string) => Of;

  constructor(make: (name: string, outcome: string) => Of) {
    this.#make = make;
  }

  of(name: string, outcome: string): Of {
    return this.#byName.get(name)?.get(outcome) ?? this.#added(name, outcome);
  }

  #added(name: string, outcome: string): Of {
    const isTooMany = this.all.length >= mostSeries && name !== beyond;
    if (isTooMany) return this.of(beyond, "other");
    const cell = this.#make(name, outcome);
    this.all.push(cell);
    const named = this.#byName.get(name) ?? new Map<string, Of>();
    this.#byName.set(name, named.set(outcome, cell));
    return cell;
  }
}

/**
 * A histogram that costs 30 ns a value. The client library's costs 850, for it checks and joins the labels at each: with
 * six values a request that alone were 3 % of a token request. It is the library that writes it out.
 */
export class Durations {
  readonly #family: DurationFamily;
  readonly #cells: Cells<Cell>;

  constructor(family: DurationFamily) {
    this.#family = family;
    const buckets = family.buckets.length + 1;
    this.#cells = new Cells((name, outcome) => ({
      ...{ name, outcome, counts: new Float64Array(buckets), sum: 0 },
    }));
  }

  record(name: string, outcome: string, seconds: number): void {
    const { buckets } = this.#family;
    const cell = this.#cells.of(name, outcome);
    let bucket = 0;
    while (bucket < buckets.length && seconds > (buckets[bucket] ?? 0)) bucket += 1;
    cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1;
    cell.sum += seconds;
  }

  values(prefix: string): SeriesValue[] {
    const { name: family, buckets, labels: labelsOf } = this.#family;
    const metric = prefix + family;
    return this.#cells.all.flatMap(({ name, outcome, counts, sum }) => {
      const labels = labelsOf(name, outcome);
      let total = 0;
      const below = [...counts].map((count, bucket) => {
        total += count;
        const le = bucket < buckets.length ? String(buckets[bucket]) : "+Inf";
        return { metricName: `${metric}_bucket`, labels: { ...labels, le }, value: total };
      });
      return [
        ...below,
        { metricName: `${metric}_sum`, labels, value: sum },
        { metricName: `${metric}_count`, labels, value: total },
      ];
    });
  }
}

/** What is only counted. */
export class Counts {
  readonly #family: Family;
  readonly #cells = new Cells((name, outcome) => ({ name, outcome, count: 0 }));

  constructor(family: Family) {
    this.#family = family;
  }

  add(name: string, outcome: string): void {
    this.#cells.of(name, outcome).count += 1;
  }

  values(): SeriesValue[] {
    return this.#cells.all.map(({ name, outcome, count }) => ({
      labels: this.#family.labels(name, outcome),
      value: count,
    }));
  }
}
