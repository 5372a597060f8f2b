/** `npm run bench`: ours beside a bare oidc-provider, in the same run (docs/performance.md). */
import { measureBackoffice } from "./backoffice.ts";
import { measureClientLookup } from "./client-lookup.ts";
import { judge } from "./goals.ts";
import { measureLarge } from "./large.ts";
import { memoryMegabytes } from "./measure.ts";
import { readOptions } from "./options.ts";
import { type Child, askServer, freePort, startChild } from "./processes.ts";
import { preparePlace, productionFlags } from "./provider-settings.ts";
import { type Targets, comparisons, compare } from "./ratios.ts";
import { createReport, note } from "./report.ts";
import { measureCpu, measureOverload, measureStorm } from "./sign-ins.ts";
import { measureSoak } from "./soak.ts";
import { measureStartUp } from "./start-up.ts";
import { measureTokens } from "./token-signing.ts";

const options = readOptions([
  ...comparisons.map(({ workload }) => workload),
  "start-up",
  "client-lookup",
  "backoffice",
  "tokens",
  "cpu-sign-in",
  "cpu-code-flow-with-password",
  "storm",
  "overload",
  "none",
]);
const onPostgres = options.databaseUrl?.startsWith("postgres") === true;
const report = createReport(onPostgres ? "postgres" : "sqlite");
const wanted = (workload: string) => options.only.length === 0 || options.only.includes(workload);

const ports = { ours: await freePort(), bare: await freePort(), koa: await freePort() };
const place = await preparePlace(options.databaseUrl, ports.ours);
const children: Child[] = [];
const start = async (...given: Parameters<typeof startChild>) => {
  const child = await startChild(...given);
  children.push(child);
  return child;
};

try {
  if (wanted("start-up"))
    report.line("start-up", { ...(await measureStartUp(options.databaseUrl)) });
  if (wanted("client-lookup")) {
    for (const count of [1, 100, 1000]) {
      report.line(`client-lookup-${count}`, { ...(await measureClientLookup(count)) });
    }
  }
  if (wanted("backoffice"))
    report.line("backoffice", { ...(await measureBackoffice(options.databaseUrl)) });
  if (wanted("tokens")) report.line("tokens", { ...(await measureTokens(options.databaseUrl)) });
  const { profileFolder } = options;
  const profile = profileFolder ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`] : [];
  const execArgv = [...productionFlags, ...profile];
  const { artifactsUrl } = options;
  const env = { ...place.env, ...(artifactsUrl !== undefined && { ARTIFACTS_URL: artifactsUrl }) };
  const server = await start("server.ts", { env, execArgv });
  await runAll(server);
  await askServer(server, { ask: "stop" });
  await server.ended();
  report.line("summary", { ...judge(report.values, onPostgres) });
} finally {
  for (const child of children) await child.stop();
  await place.remove();
}

async function runAll(server: Child): Promise<void> {
  const bare = await start("bare-server.ts", { args: [String(ports.bare)] });
  const koa = await start("koa-server.ts", { args: [String(ports.koa)] });
  const client = await start("load-client.ts");
  const targets: Targets = {
    ours: { name: "ours", pid: server.pid, port: ports.ours },
    bare: { name: "bare", pid: bare.pid, port: ports.bare },
    koa: { name: "koa", pid: koa.pid, port: ports.koa },
  };
  for (const comparison of comparisons) {
    if (wanted(comparison.workload)) await compare(comparison, targets, client, options, report);
  }
  const surroundings = { target: targets.ours, server, client, options, report };
  if (wanted("cpu-sign-in")) await measureCpu(surroundings, "cpu-sign-in", "sign-in");
  const full = "cpu-code-flow-with-password";
  if (wanted(full)) await measureCpu(surroundings, full, "code-flow-fresh-browser");
  if (wanted("storm")) await measureStorm(surroundings);
  if (wanted("overload")) await measureOverload(surroundings);
  const { now, most } = memoryMegabytes(server.pid);
  report.line("memory", { loadedMegabytes: now, mostMegabytes: most });
  const { soakMinutes, largeMillions } = options;
  if (soakMinutes !== undefined) await measureSoak(targets.ours, client, soakMinutes, report);
  if (largeMillions !== undefined) {
    await measureLarge({ ...surroundings, databaseUrl: place.databaseUrl }, largeMillions);
  }
  note("done");
}
