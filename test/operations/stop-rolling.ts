/**
 * Twenty rolling restarts of two nodes under load, behind a proxy that keeps its connections: nobody may be told anything but
 * a good answer.
 *
 *     node test/operations/stop-rolling.ts nginx|haproxy
 */
import { setTimeout as pause } from "node:timers/promises";
import { install } from "./installation.ts";
import { failed, keepAsking, told } from "./sampler.ts";

const proxy = process.argv[2];
if (proxy !== "nginx" && proxy !== "haproxy") throw new Error("give nginx or haproxy");
const rounds = Number(process.env["ROUNDS"] ?? 20);

const installation = await install({ nodes: ["one", "two"], proxy });
const durations: number[] = [];
try {
  const load = keepAsking(installation, [installation.issuer], {
    atOnce: 6,
    // Below what one address may have us keep in an hour: all of it comes from one.
    pauseMilliseconds: 150,
    signIns: 1,
  });
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ["one", "two"]) {
      const begin = performance.now();
      const code = await installation.node(name).stop();
      durations.push((performance.now() - begin) / 1000);
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
      await installation.start(name);
      // haproxy asks each second who is ready; nginx leaves a node alone for two seconds after a try that failed.
      await pause(3000);
    }
  }
  const samples = await load.end();
  const longest = Math.max(...durations).toFixed(1);
  console.log(
    `${proxy}, ${String(rounds)} rolling restarts: ${told(samples)}; the longest stop ${longest} s`,
  );
  const bad = failed(samples);
  if (bad.length > 0 || samples.some(({ kind }) => kind === "later")) {
    throw new Error(`${String(bad.length)} failed:\n${bad.slice(0, 20).join("\n")}`);
  }
  if (Math.max(...durations) > 10) throw new Error("a stop took longer than ten seconds");
} finally {
  await installation.remove();
}
