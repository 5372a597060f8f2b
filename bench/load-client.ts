/** The load client: does what the benchmark's first process orders over IPC. Run as a process. */
import { type RoundResult, closedLoop } from "./closed-loop.ts";
import { type MixedResult, mixedLoad } from "./soak.ts";
import { type OverloadResult, type StormResult, overload, storm } from "./storm.ts";

/** The orders with what is answered to each. */
export interface LoadOrders {
  readonly closedLoop: (order: Parameters<typeof closedLoop>[0]) => RoundResult;
  readonly storm: (order: Parameters<typeof storm>[0]) => StormResult;
  readonly overload: (order: Parameters<typeof overload>[0]) => OverloadResult;
  readonly mixedLoad: (order: Parameters<typeof mixedLoad>[0]) => MixedResult;
}

const kinds = { closedLoop, storm, overload, mixedLoad };

process.on("message", ({ kind, order }: { kind: keyof LoadOrders; order: never }) => {
  kinds[kind](order).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failure: String((error as Error).stack) }),
  );
});
process.send?.({ ready: true });
