/**
 * A refusal is a value, a fault is thrown (house rule 5). `Reason` is a closed union of machine
 * words; the sentences that people read stand in `views/**\/words.*.json`.
 */
export type Outcome<Value, Reason extends string> = Accepted<Value> | Refused<Reason>;

/** What was asked was done; `value` is what came of it. */
export interface Accepted<Value> {
  readonly accepted: true;
  readonly value: Value;
}

/** What was asked was not done, and nothing changed. */
export interface Refused<Reason extends string> {
  readonly accepted: false;
  /** Never empty; the first problem is the one an audit record names. */
  readonly problems: readonly [Problem<Reason>, ...Problem<Reason>[]];
}

/** One thing that is wrong with what was asked. */
export interface Problem<Reason extends string = string> {
  /** The form field at fault; absent when the whole request is. */
  readonly field?: string;
  readonly reason: Reason;
  /** Values that the sentence of the reason needs, for example `{ minimum: 12 }`. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** Shorthand for an accepted outcome. */
export function accepted<Value>(value: Value): Accepted<Value> {
  return { accepted: true, value };
}

/** Shorthand for a refusal with one or more problems. */
export function refused<Reason extends string>(
  first: Problem<Reason>,
  ...others: Problem<Reason>[]
): Refused<Reason> {
  return { accepted: false, problems: [first, ...others] };
}
