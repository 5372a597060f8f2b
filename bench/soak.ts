import { setTimeout as pause } from "node:timers/promises";
import { closedLoop } from "./closed-loop.ts";
import { memoryMegabytes } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Child, orderLoad } from "./processes.ts";
import { type Report, note } from "./report.ts";
import type { Target } from "./targets.ts";
import type { WorkloadName } from "./workloads.ts";

/** What a mixed load is made of: connections of each workload, all at once. */
const mixture: readonly (readonly [WorkloadName, number])[] = [
  ["code-flow-fresh-browser", 3],
  ["code-flow-session-kept", 2],
  ["refresh", 1],
  ["userinfo", 1],
  ["introspection", 1],
  ["client-credentials", 1],
  ["discovery", 1],
];

/** All workloads at once. @returns steps a second of each */
export async function mixedLoad(order: {
  readonly target: Target;
  readonly seconds: number;
}): Promise<Readonly<Record<string, number>>> {
  const results = await Promise.all(
    mixture.map(async ([workload, connections]) => {
      const { perSecond } = await closedLoop({ ...order, workload, connections });
      return [workload, perSecond] as const;
    }),
  );
  return Object.fromEntries(results);
}

/** Minutes of mixed load: what the server weighs at their end, beside minute two. */
export async function measureSoak(
  target: Target,
  client: Child,
  minutes: NonNullable<Options["soakMinutes"]>,
  report: Report,
): Promise<void> {
  note(`soak: ${minutes} minutes of mixed load`);
  const load = orderLoad(client, "mixedLoad", { target, seconds: minutes * 60 });
  const weigh = async (minute: number) => {
    await pause(minute * 60_000);
    return memoryMegabytes(target.pid).now;
  };
  const early = weigh(Math.min(2, minutes / 2));
  const late = weigh(minutes - 0.1);
  const perSecond = await load;
  const [atMinuteTwo, atTheEnd] = [await early, await late];
  const growth = atTheEnd / atMinuteTwo;
  report.line("soak", { minutes, growth, atMinuteTwo, atTheEnd, perSecond });
}
