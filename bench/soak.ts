import { closedLoop } from "./closed-loop.ts";
import { memoryMegabytes } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Child, orderLoad } from "./processes.ts";
import { type Report, note } from "./report.ts";
import type { Target } from "./targets.ts";
import type { WorkloadName } from "./workloads.ts";

/** What a mixed load is made of: connections of each workload, all at once. */
export const mixture: readonly (readonly [WorkloadName, number])[] = [
  ["code-flow-fresh-browser", 3],
  ["code-flow-session-kept", 2],
  ["refresh", 1],
  ["userinfo", 1],
  ["introspection", 1],
  ["client-credentials", 1],
  ["discovery", 1],
];

/** What all workloads at once came to: of each its steps, and its steps a second. */
export interface MixedResult {
  readonly steps: Readonly<Record<string, number>>;
  readonly perSecond: Readonly<Record<string, number>>;
}

/** All workloads at once. */
export async function mixedLoad(order: {
  readonly target: Target;
  readonly seconds: number;
}): Promise<MixedResult> {
  const results = await Promise.all(
    mixture.map(async ([workload, connections]) => {
      return [workload, await closedLoop({ ...order, workload, connections })] as const;
    }),
  );
  return {
    steps: Object.fromEntries(results.map(([workload, { steps }]) => [workload, steps])),
    perSecond: Object.fromEntries(
      results.map(([workload, { perSecond }]) => [workload, perSecond]),
    ),
  };
}

/**
 * Minutes of mixed load: what the server weighs at their end, beside minute two. Each minute has connections and tokens
 * of its own: an access token does not live for ten.
 */
export async function measureSoak(
  target: Target,
  client: Child,
  minutes: NonNullable<Options["soakMinutes"]>,
  report: Report,
): Promise<void> {
  const megabytes: number[] = [];
  let perSecond: MixedResult["perSecond"] = {};
  for (let minute = 1; minute <= minutes; minute++) {
    note(`soak: minute ${minute} of ${minutes}`);
    ({ perSecond } = await orderLoad(client, "mixedLoad", { target, seconds: 60 }));
    megabytes.push(memoryMegabytes(target.pid).now);
  }
  const atMinuteTwo = megabytes[1] ?? Number.NaN;
  const atTheEnd = megabytes.at(-1) ?? Number.NaN;
  const growth = atTheEnd / atMinuteTwo;
  report.line("soak", { minutes, growth, atMinuteTwo, atTheEnd, megabytes, perSecond });
}
