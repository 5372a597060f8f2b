import { ClusterRegistry, type Registry, collectDefaultMetrics } from "@prometheus-io/client";
import type { Logger } from "../operations/index.ts";
import { serveMetrics } from "./metrics-server.ts";

/**
 * Tells the process that leads this worker what was measured here, whenever it asks. The library's `shutdown` is not used: it
 * hands the gauges over as well, and the leader would add the memory of who has ended for ever.
 */
export function tellLeader(registry: Registry): void {
  ClusterRegistry.setRegistries(registry);
  new ClusterRegistry();
}

/**
 * Answers `/metrics` for all workers: what each counts is added up, what they all see is told once. The leader's own memory
 * and CPU are of the sum.
 */
export function serveSharedMetrics(
  address: { readonly host: string; readonly port: number },
  logger: Pick<Logger, "error">,
): ReturnType<typeof serveMetrics> {
  const own = new ClusterRegistry();
  collectDefaultMetrics({ register: own });
  ClusterRegistry.setRegistries(own);
  const exposition = () => own.clusterMetrics();
  return serveMetrics({ contentType: own.contentType, exposition }, address, logger);
}
