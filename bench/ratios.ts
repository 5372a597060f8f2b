import type { RoundResult } from "./closed-loop.ts";
import { median, spread } from "./measure.ts";
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
  /** Another build of ours. */
  readonly beside: Target | undefined;
  readonly bare: Target;
  readonly koa: Target;
}

/** What each brought in one round. */
interface Round {
  readonly ours: RoundResult;
  readonly beside?: RoundResult | undefined;
  readonly bare: RoundResult;
  readonly koa?: RoundResult | undefined;
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
  const { ours, beside, bare, koa } = targets;
  const rounds: Round[] = [];
  const measure = (target: Target, step: WorkloadName) =>
    orderLoad(client, "closedLoop", { ...options, workload: step, target });
  for (let round = 0; round < options.rounds; round++) {
    note(`${workload}, round ${round + 1} of ${options.rounds}`);
    rounds.push({
      ours: await measure(ours, workload),
      ...(beside && { beside: await measure(beside, workload) }),
      bare: await measure(bare, workload),
      ...(ofKoa && { koa: await measure(koa, "hello") }),
    });
  }
  report.line(workload, { ...resultOf(rounds) });
}

/**
 * Ratios are those of one round, where all met the same neighbours: their median, with the least and the most. `beside…`
 * is this build ÷ the other one.
 */
function resultOf(rounds: readonly Round[]): Readonly<Record<string, unknown>> {
  const all = (pick: (round: Round) => number) => rounds.map(pick);
  const ofBare = all(({ ours, bare }) => ours.perSecond / bare.perSecond);
  const ofBeside = all(({ ours, beside }) => ours.perSecond / (beside?.perSecond ?? Number.NaN));
  const cpuOfBeside = all(({ ours, beside }) => ours.cpu / (beside?.cpu ?? Number.NaN));
  const [first] = rounds;
  return {
    R: median(ofBare),
    spread: spread(ofBare),
    ...(first?.koa && {
      ofKoa: median(all(({ ours, koa }) => ours.perSecond / (koa?.perSecond ?? Number.NaN))),
    }),
    ...(first?.beside && {
      ofBeside: median(ofBeside),
      besideSpread: spread(ofBeside),
      cpuOfBeside: median(cpuOfBeside),
      cpuOfBesideSpread: spread(cpuOfBeside),
    }),
    perSecond: median(all(({ ours }) => ours.perSecond)),
    barePerSecond: median(all(({ bare }) => bare.perSecond)),
    p50: median(all(({ ours }) => ours.p50)),
    p99: median(all(({ ours }) => ours.p99)),
    cpu: median(all(({ ours }) => ours.cpu)),
    bareCpu: median(all(({ bare }) => bare.cpu)),
    threads: rounds.at(-1)?.ours.threads,
    ...(first?.beside && { besideThreads: rounds.at(-1)?.beside?.threads }),
  };
}

async function servesClientCredentials({ port }: Target): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`);
  const { grant_types_supported: grants } = (await answer.json()) as Record<string, string[]>;
  return grants?.includes("client_credentials") === true;
}
