#!/usr/bin/env bash
# Expected: once a cluster worker has handed over its figures by `shutdown()`, what the primary adds up is the counts of all workers and the gauges of those
#           that live: the memory of a process that has ended is in use no more.
# So it is: everything whose aggregator is `sum` is handed over, and that is the default of gauges, too: the primary goes on adding
#           process_resident_memory_bytes of each worker that has ended. A node that replaces its workers shows memory that only grows.
# Seen with @prometheus-io/client 0.16.1, Node.js 24.21.0:
#           none ended: 0 MB; 1 ended: 64 MB; 3 ended: 192 MB, no worker alive
#           as described
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @prometheus-io/client@0.16.1 node@24.21.0
cat >run.js <<'SCRIPT'
const cluster = require("node:cluster");
const { ClusterRegistry, Registry, collectDefaultMetrics } = require("@prometheus-io/client");

if (cluster.isPrimary) {
  const registry = new ClusterRegistry();
  const ended = () =>
    new Promise((resolve) => {
      const worker = cluster.fork();
      worker.once("exit", (code) => resolve(code));
    });
  const memory = async () => {
    const text = await registry.clusterMetrics();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? 0) / 2 ** 20;
  };
  (async () => {
    const at = [await memory()];
    for (let round = 0; round < 3; round += 1) {
      await ended();
      at.push(await memory());
    }
    console.log(`none ended: ${at[0]} MB; 1 ended: ${at[1].toFixed(0)} MB; 3 ended: ${at[3].toFixed(0)} MB, no worker alive`);
    if (!(at[0] === 0 && at[1] > 10 && at[3] > 2.5 * at[1])) process.exit(1);
    console.log("as described");
    process.exit(0);
  })();
} else {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  ClusterRegistry.setRegistries(own);
  const registry = new ClusterRegistry();
  setTimeout(async () => {
    await registry.shutdown();
    process.disconnect();
    process.exit(0);
  }, 300);
}
SCRIPT
node_modules/node/bin/node run.js
