import { setTimeout as pause } from "node:timers/promises";
import { type Connection, openConnection } from "./http-connection.ts";
import { percentile, sumOf, threadMilliseconds, threadsAStep } from "./measure.ts";
import type { Target } from "./targets.ts";
import { type Step, type WorkloadName, workloads } from "./workloads.ts";

/** What a round brought. */
export interface RoundResult {
  /** All that were done, before and after the measured seconds too. */
  readonly steps: number;
  readonly perSecond: number;
  /** Milliseconds of a step. */
  readonly p50: number;
  readonly p99: number;
  /** CPU of the server process with all its threads, in ms a step. */
  readonly cpu: number;
  /** The same by the names of its threads. */
  readonly threads: Readonly<Record<string, number>>;
}

const warmUpMilliseconds = 500;

/** Connections that do their step again and again, each waiting for its answer, for so many seconds. */
export async function closedLoop(order: {
  readonly workload: WorkloadName;
  readonly target: Target;
  readonly seconds: number;
  readonly connections: number;
}): Promise<RoundResult> {
  const { target, seconds } = order;
  const connections: Connection[] = [];
  const steps: Step[] = [];
  for (let index = 0; index < order.connections; index++) {
    const connection = await openConnection(target.port);
    connections.push(connection);
    steps.push(await workloads[order.workload](connection, index));
  }
  const state = { measuring: false, ended: false, steps: 0 };
  const latencies: number[] = [];
  const running = Promise.all(steps.map((step) => repeat(step, state, latencies)));
  await Promise.race([running, pause(warmUpMilliseconds)]);
  const before = threadMilliseconds(target.pid);
  const startedAt = performance.now();
  state.measuring = true;
  await Promise.race([running, pause(seconds * 1000)]);
  state.measuring = false;
  const elapsed = performance.now() - startedAt;
  const after = threadMilliseconds(target.pid);
  state.ended = true;
  await running;
  for (const connection of connections) connection.close();
  return {
    steps: state.steps,
    perSecond: (latencies.length * 1000) / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpu: (sumOf(after) - sumOf(before)) / latencies.length,
    threads: threadsAStep(before, after, latencies.length),
  };
}

async function repeat(
  step: Step,
  state: { readonly measuring: boolean; readonly ended: boolean; steps: number },
  latencies: number[],
): Promise<void> {
  while (!state.ended) {
    const startedAt = performance.now();
    await step();
    state.steps += 1;
    if (state.measuring) latencies.push(performance.now() - startedAt);
  }
}
