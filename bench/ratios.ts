import type { RoundResult } from "./closed-loop.ts";
import { median } from "./measure.ts";
import type { Options } from "./options.ts";
import { type Child, orderLoad } from "./processes.ts";
import { type Report, note } from "./report.ts";
import type { Target } from "./targets.ts";
import type { WorkloadName } from "./workloads.ts";

/** A workload that is measured side by side. */
interface Comparison {
  readonly workload: WorkloadName;
  /** Whether Koa's hello world is measured beside it. */
  readonly ofKoa?: boolean;
}

/** Every workload of performance.md that is a ratio. */
export const comparisons: readonly Comparison[] = [
  { workload: "discovery", ofKoa: true },
  { workload: "jwks", ofKoa: true },
  { workload: "client-credentials" },
  { workload: "refresh" },
  { workload: "userinfo" },
  { workload: "introspection" },
  { workload: "code-flow-session-kept" },
  { workload: "code-flow-fresh-browser" },
];

/** Who is measured. */
export interface Targets {
  readonly ours: Target;
  readonly bare: Target;
  readonly koa: Target;
}

/** Interleaved rounds, ours and the others in turn, so that a neighbour's load meets all alike. */
export async function compare(
  { workload, ofKoa }: Comparison,
  targets: Targets,
  client: Child,
  options: Options,
  report: Report,
): Promise<void> {
  if (workload === "client-credentials" && !(await servesClientCredentials(targets.ours))) {
    report.line(workload, { skipped: "the provider does not offer the client_credentials grant" });
    return;
  }
  const { ours, bare, koa } = targets;
  const rounds: { ours: RoundResult; bare: RoundResult; koa?: RoundResult }[] = [];
  const measure = (target: Target, step: WorkloadName) =>
    orderLoad(client, "closedLoop", { ...options, workload: step, target });
  for (let round = 0; round < options.rounds; round++) {
    note(`${workload}, round ${round + 1} of ${options.rounds}`);
    rounds.push({
      ours: await measure(ours, workload),
      bare: await measure(bare, workload),
      ...(ofKoa && { koa: await measure(koa, "hello") }),
    });
  }
  const middle = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick));
  const perSecond = middle((round) => round.ours.perSecond);
  report.line(workload, {
    R: perSecond / middle((round) => round.bare.perSecond),
    ...(ofKoa && { ofKoa: perSecond / middle((round) => round.koa?.perSecond ?? Number.NaN) }),
    perSecond,
    barePerSecond: middle((round) => round.bare.perSecond),
    p50: middle((round) => round.ours.p50),
    p99: middle((round) => round.ours.p99),
    cpu: middle((round) => round.ours.cpu),
    bareCpu: middle((round) => round.bare.cpu),
  });
}

async function servesClientCredentials({ port }: Target): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`);
  const { grant_types_supported: grants } = (await answer.json()) as Record<string, string[]>;
  return grants?.includes("client_credentials") === true;
}
