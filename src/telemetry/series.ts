import type { CountKind, WorkKind } from "../foundation/index.ts";

/** One family of series as Prometheus is told of it. */
export interface Family {
  /** Without the prefix of ours. */
  readonly name: string;
  readonly help: string;
  /** What a name and an outcome become. */
  readonly labels: (name: string, outcome: string) => Readonly<Record<string, string>>;
}

/** A family of durations. */
export interface DurationFamily extends Family {
  /** Upper ends, in seconds. */
  readonly buckets: readonly number[];
}

/** From a tenth of a millisecond on: a prepared statement is as short as that. */
const statementBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5];
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const hashingBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4];
const networkBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const jobBuckets = [0.001, 0.01, 0.1, 1, 10, 60, 600];

/** Every kind of work, as a histogram. */
export const durationFamilies: Readonly<Record<WorkKind, DurationFamily>> = {
  request: {
    name: "http_request_duration_seconds",
    help: "Requests, by route and what came of them: accepted, refused (4xx), too-many (429), unavailable (503), fault (5xx).",
    labels: (name, outcome) => ({ ...parted(name, "method", "route"), outcome }),
    buckets: requestBuckets,
  },
  statement: {
    name: "statement_duration_seconds",
    help: "Statements of the databases, waits for a connection included: register (knex), lookup (prepared), artifacts.",
    labels: (name, outcome) => ({ ...parted(name, "store", "statement"), outcome }),
    buckets: statementBuckets,
  },
  hashing: {
    name: "hashing_duration_seconds",
    help: "Work of the threads of a queue, the wait before it not included.",
    labels: (name, outcome) => ({ queue: name, outcome }),
    buckets: hashingBuckets,
  },
  "hashing-wait": {
    name: "hashing_wait_seconds",
    help: "How long an accepted job waited for a thread.",
    labels: (name) => ({ queue: name }),
    buckets: hashingBuckets,
  },
  delivery: {
    name: "delivery_duration_seconds",
    help: "Tries to deliver what waits in the outbox, by channel and what came of them.",
    labels: (name, outcome) => ({ channel: name, outcome }),
    buckets: networkBuckets,
  },
  "client-call": {
    name: "client_call_duration_seconds",
    help: "Calls to addresses that clients registered.",
    labels: (name, outcome) => ({ method: name, outcome }),
    buckets: networkBuckets,
  },
  job: {
    name: "job_duration_seconds",
    help: "Runs of what is done unasked.",
    // `job` and `instance` are names that Prometheus gives itself.
    labels: (name, outcome) => ({ job_name: name, outcome }),
    buckets: jobBuckets,
  },
};

/** Everything that is only counted. */
export const countFamilies: Readonly<Record<CountKind, Family>> = {
  event: {
    name: "events_total",
    help: "Security events, as the audit has them.",
    labels: (name, outcome) => ({ event: name, outcome }),
  },
  "sign-in": {
    name: "sign_ins_total",
    help: "Sign-ins by password: accepted, or why not.",
    labels: (name) => ({ result: name }),
  },
  "hashing-refused": {
    name: "hashing_refused_total",
    help: "Jobs that a queue refused at once, because it was full.",
    labels: (name) => ({ queue: name }),
  },
  "spans-dropped": {
    name: "spans_dropped_total",
    help: "Spans that the collector did not take.",
    labels: () => ({}),
  },
};

/** `GET /signup` is a method and a route: the first word, and the rest. */
function parted(name: string, first: string, second: string): Record<string, string> {
  const end = name.indexOf(" ");
  return { [first]: name.slice(0, end), [second]: name.slice(end + 1) };
}
