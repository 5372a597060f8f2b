/** What a piece of work is. Each kind is a histogram of its own, and a child span of a traced request. */
export type WorkKind =
  "request" | "statement" | "hashing" | "hashing-wait" | "delivery" | "client-call" | "job";

/** What is only counted. */
export type CountKind = "event" | "sign-in" | "hashing-refused" | "spans-dropped";

/** What is followed of one request, or of one delivery. */
export interface Trace {
  /** What is timed within becomes a child of it. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** @param name as for {@link Telemetry.timed} */
  readonly end: (
    name: string,
    outcome: string,
    attributes: Readonly<Record<string, unknown>>,
  ) => void;
}

/**
 * How the rooms tell what they do to who watches. A name is a word of the code (a route, a statement, a job), from a
 * closed list: never data, for each name is a series that is kept for ever.
 */
export interface Telemetry {
  /** Runs a piece of work; how long it took, and whether it failed, is recorded. */
  readonly timed: <Result>(
    kind: WorkKind,
    name: string,
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** Runs a piece of work whose duration is recorded elsewhere; of a traced request it is a span all the same. */
  readonly follow: <Result>(
    kind: WorkKind,
    name: string,
    work: () => Promise<Result>,
  ) => Promise<Result>;
  /** Records a piece of work that was measured elsewhere. */
  readonly record: (kind: WorkKind, name: string, outcome: string, seconds: number) => void;
  readonly count: (kind: CountKind, name: string, outcome: string) => void;
  /**
   * Begins to follow a request or a delivery.
   * @param kind of the whole
   * @param parent a `traceparent` (W3C Trace Context) of somebody who may be believed
   * @returns undefined when this one is not followed
   */
  readonly trace: (kind: WorkKind, parent?: string) => Trace | undefined;
}

/** Nobody watches. */
export const silentTelemetry: Telemetry = {
  timed: (_kind, _name, work) => work(),
  follow: (_kind, _name, work) => work(),
  record: () => undefined,
  count: () => undefined,
  trace: () => undefined,
};

/** One value of a {@link Gauge}. */
export interface GaugeSample {
  /** By the names of the gauge. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Something that is looked at when somebody asks, and at no other time: the depth of a queue, the age of a key. */
export interface Gauge {
  /** As Prometheus names it, without the prefix of ours: `outbox_waiting`. */
  readonly name: string;
  readonly help: string;
  /** How long an answer is used again, for what is dear to read; it is read each time unless told. */
  readonly keptSeconds?: number;
  /** Of this process alone, so that workers of one node are added up; else all of them see the same. */
  readonly ofProcess?: boolean;
  /** Nothing, where there is nothing to say. */
  readonly read: () => readonly GaugeSample[] | Promise<readonly GaugeSample[]>;
}
