import { availableParallelism } from "node:os";
import type { RoundResult } from "./closed-loop.ts";
import { median, spread } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Child, askServer, orderLoad } from "./processes.ts";
import { type Report, note } from "./report.ts";
import type { StormResult } from "./storm.ts";
import type { Target } from "./targets.ts";

/** What the workloads with passwords are measured on. */
export interface SignInSurroundings {
  readonly target: Target;
  readonly server: Child;
  /** Another build that is measured in turn; undefined: none. */
  readonly beside: { readonly target: Target; readonly server: Child } | undefined;
  readonly client: Child;
  readonly options: Options;
  readonly report: Report;
}

/**
 * CPU of the whole server process for each flow, less the one verify that no server can save. Beside another build, both in
 * turn and less the same verify: it is the same library's.
 */
export async function measureCpu(
  { target, server, beside, client, options, report }: SignInSurroundings,
  name: string,
  workload: "sign-in" | "code-flow-known-browser" | "code-flow-fresh-browser",
): Promise<void> {
  const rounds: { verify: number; ours: RoundResult; beside: RoundResult | undefined }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    note(`${name}, round ${round + 1} of ${options.rounds}`);
    const verify = await verifyMilliseconds(server);
    const roundOf = (measured: Target) =>
      orderLoad(client, "closedLoop", { ...options, workload, target: measured, connections: 4 });
    const ours = await roundOf(target);
    const other = beside && (await roundOf(beside.target));
    const verifyAfter = await verifyMilliseconds(beside?.server ?? server);
    rounds.push({ ours, beside: other, verify: (verify + verifyAfter) / 2 });
  }
  const beyond = rounds.map(({ ours, verify }) => ours.cpu - verify);
  const ratio = rounds.map(
    ({ ours, beside: other, verify }) =>
      (ours.cpu - verify) / ((other?.cpu ?? Number.NaN) - verify),
  );
  const last = rounds.at(-1);
  report.line(name, {
    beyondVerify: median(beyond),
    spread: spread(beyond),
    ...(beside && { ofBeside: median(ratio), besideSpread: spread(ratio) }),
    cpu: median(rounds.map(({ ours }) => ours.cpu)),
    verify: median(rounds.map(({ verify }) => verify)),
    threads: last?.ours.threads,
    ...(beside && { besideThreads: last?.beside?.threads }),
  });
}

/** Sixteen people signing in, with userinfo at 50 a second beside them. */
export async function measureStorm(surroundings: SignInSurroundings): Promise<void> {
  const { target, server, client, options, report } = surroundings;
  const results: (StormResult & { loopDelayP99: number; loopDelayMax: number })[] = [];
  for (let round = 0; round < options.rounds; round++) {
    note(`storm, round ${round + 1} of ${options.rounds}`);
    await askServer(server, { ask: "loop-delay-start" });
    const seconds = Math.max(4, options.seconds);
    const order = { target, seconds, people: 16, userinfoPerSecond: 50 };
    const felt = await orderLoad(client, "storm", order);
    const delay = await askServer<{ p99: number; max: number }>(server, { ask: "loop-delay-end" });
    results.push({ ...felt, loopDelayP99: delay.p99, loopDelayMax: delay.max });
  }
  const middle = (pick: (result: (typeof results)[number]) => number) => median(results.map(pick));
  report.line(named("storm", target), {
    p50: middle((result) => result.p50),
    p99: middle((result) => result.p99),
    loopDelayP99: middle((result) => result.loopDelayP99),
    loopDelayMax: middle((result) => result.loopDelayMax),
    signInsPerSecond: middle((result) => result.signInsPerSecond),
  });
}

/** Three times more sign-ins than can be hashed: the rest is refused, quickly, and the others are served. */
export async function measureOverload(surroundings: SignInSurroundings): Promise<void> {
  const { target, server, client, options, report } = surroundings;
  const capacity = await orderLoad(client, "closedLoop", {
    ...options,
    workload: "sign-in",
    target,
  });
  const verify = await verifyMilliseconds(server);
  const hashable = (availableParallelism() * 1000) / verify;
  note(`overload: ${Math.round(hashable)} verifies a second at most`);
  const result = await orderLoad(client, "overload", {
    target,
    seconds: Math.max(6, options.seconds),
    perSecond: Math.ceil(3 * hashable),
  });
  report.line(named("overload", target), {
    ...result,
    refusalP50: result.refusal.p50,
    refusalP99: result.refusal.p99,
    capacityPerSecond: capacity.perSecond,
    throughputKept: result.acceptedPerSecond / capacity.perSecond,
  });
}

async function verifyMilliseconds(server: Child): Promise<number> {
  const { milliseconds } = await askServer<{ milliseconds: number }>(server, {
    ask: "verify",
    times: 100,
  });
  return milliseconds;
}

function named(workload: string, { name }: Target): string {
  return name === "ours" ? workload : `${workload}-${name}`;
}
