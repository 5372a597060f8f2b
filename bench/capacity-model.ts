import type { WorkloadName } from "./workloads.ts";

/** What was used until now, or by something between two moments: CPU in ms, transactions, bytes. */
export interface Used {
  readonly node: number;
  readonly postgres: number;
  readonly redis: number;
  readonly redisCommands: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly registerBytes: number;
  readonly artifactBytes: number;
}

/** The use that is stated: a fifth of the accounts work on a working day, and half of that day's load comes in two hours. */
const activeShare = 0.2;
const peakShare = 0.5;
const peakSeconds = 2 * 3600;
const workingDays = 250;
/** How long what an authorization leaves is kept: the life of a refresh token, the longest there is. */
const artifactDays = 14;

/** What one who works does a day. */
const aDay: Partial<Readonly<Record<WorkloadName, number>>> = {
  "code-flow-fresh-browser": 1.2,
  "code-flow-session-kept": 3,
  refresh: 8,
  userinfo: 20,
  introspection: 10,
};

/** What it needs at its peak, and leaves: cores, transactions and bytes a second, bytes at rest. */
export interface Needs {
  readonly signInsPerSecond: number;
  readonly nodeCores: number;
  readonly postgresCores: number;
  readonly redisCores: number;
  readonly transactionsPerSecond: number;
  readonly walMegabytesPerSecond: number;
  readonly registerGigabytesAYear: number;
  readonly artifactGigabytes: number;
}

/** From the cost of one of each kind; a core is full at a thousand milliseconds a second, and nobody runs it fuller than two thirds. */
export function needsOf(accounts: number, costs: ReadonlyMap<WorkloadName, Used>): Needs {
  const active = accounts * activeShare;
  const sum = (of: (cost: Used) => number) =>
    [...costs].reduce((total, [workload, cost]) => total + (aDay[workload] ?? 0) * of(cost), 0);
  const atPeak = (active * peakShare) / peakSeconds;
  const cores = (of: (cost: Used) => number) => (atPeak * Math.max(0, sum(of))) / 1000 / (2 / 3);
  return {
    signInsPerSecond: atPeak * (aDay["code-flow-fresh-browser"] ?? 0),
    nodeCores: cores(({ node }) => node),
    postgresCores: cores(({ postgres }) => postgres),
    redisCores: cores(({ redis }) => redis),
    transactionsPerSecond: atPeak * sum(({ transactions }) => transactions),
    walMegabytesPerSecond: (atPeak * sum(({ walBytes }) => walBytes)) / 1e6,
    registerGigabytesAYear:
      (active * workingDays * sum(({ registerBytes }) => registerBytes)) / 1e9,
    artifactGigabytes: (active * artifactDays * sum(({ artifactBytes }) => artifactBytes)) / 1e9,
  };
}
