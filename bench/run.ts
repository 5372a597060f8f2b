/** `npm run bench`: ours beside a bare oidc-provider, and another build of ours, in the same run (docs/performance.md). */
import { setTimeout as pause } from "node:timers/promises";
import { measureBackoffice } from "./backoffice.ts";
import { type Served, otherBuild, serve } from "./builds.ts";
import { measureClientLookup } from "./client-lookup.ts";
import { judge } from "./goals.ts";
import { measureLarge } from "./large.ts";
import { memoryMegabytes } from "./measure.ts";
import { readOptions } from "./options.ts";
import { type Child, askServer, freePort, startChild } from "./processes.ts";
import { type Place, ownFolder } from "./provider-settings.ts";
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
  "cpu-code-flow-in-a-new-browser",
  "storm",
  "overload",
  "memory",
  "none",
]);
const onPostgres = options.databaseUrl?.startsWith("postgres") === true;
const report = createReport(onPostgres ? "postgres" : "sqlite");
/** How long nobody asks anything before memory is read a second time. */
const restMilliseconds = 30_000;
const wanted = (workload: string) => options.only.length === 0 || options.only.includes(workload);

const children: Child[] = [];
const places: Place[] = [];
const start = async (...given: Parameters<typeof startChild>) => {
  const child = await startChild(...given);
  children.push(child);
  return child;
};
const startServer = async (...given: Parameters<typeof serve>) => {
  const served = await serve(...given);
  children.push(served.server);
  places.push(served.place);
  return served;
};
const { databaseUrl, artifactsUrl, profileFolder } = options;
const other = options.beside === undefined ? undefined : otherBuild(options.beside);

try {
  if (wanted("start-up")) report.line("start-up", { ...(await measureStartUp(databaseUrl)) });
  if (wanted("client-lookup")) {
    for (const count of [1, 100, 1000]) {
      report.line(`client-lookup-${count}`, { ...(await measureClientLookup(count)) });
    }
  }
  if (wanted("backoffice"))
    report.line("backoffice", { ...(await measureBackoffice(databaseUrl)) });
  if (wanted("tokens")) report.line("tokens", { ...(await measureTokens(databaseUrl)) });
  const ours = await startServer("ours", ownFolder, await freePort(), {
    databaseUrl,
    env: artifactsUrl === undefined ? {} : { ARTIFACTS_URL: artifactsUrl },
    execArgv: profileFolder ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`] : [],
  });
  const beside =
    other && (await startServer("beside", other.folder, await freePort(), { databaseUrl }));
  await runAll(ours, beside);
  await askServer(ours.server, { ask: "stop" });
  await ours.server.ended();
  report.line("summary", { ...judge(report.values, onPostgres) });
} finally {
  for (const child of children) await child.stop();
  for (const place of places) await place.remove();
  other?.remove();
}

async function runAll({ target, server, place }: Served, beside?: Served): Promise<void> {
  const [barePort, koaPort] = [await freePort(), await freePort()];
  const bare = await start("bare-server.ts", { args: [String(barePort)] });
  const koa = await start("koa-server.ts", { args: [String(koaPort)] });
  const client = await start("load-client.ts");
  const targets: Targets = {
    ours: target,
    beside: beside?.target,
    bare: { name: "bare", pid: bare.pid, port: barePort },
    koa: { name: "koa", pid: koa.pid, port: koaPort },
  };
  for (const comparison of comparisons) {
    if (wanted(comparison.workload)) await compare(comparison, targets, client, options, report);
  }
  const surroundings = { target, server, beside, client, options, report };
  if (wanted("cpu-sign-in")) await measureCpu(surroundings, "cpu-sign-in", "sign-in");
  const full = "cpu-code-flow-with-password";
  if (wanted(full)) await measureCpu(surroundings, full, "code-flow-known-browser");
  // With the letter that says so.
  const fresh = "cpu-code-flow-in-a-new-browser";
  if (wanted(fresh)) await measureCpu(surroundings, fresh, "code-flow-fresh-browser");
  // The other build bears the same, or its memory could not be compared.
  const all = [surroundings, ...(beside ? [{ ...surroundings, ...beside }] : [])];
  for (const each of all) {
    if (wanted("storm")) await measureStorm(each);
    if (wanted("overload")) await measureOverload(each);
  }
  await reportMemory(server.pid, beside?.server.pid);
  const { soakMinutes, largeMillions } = options;
  if (soakMinutes !== undefined) await measureSoak(target, client, soakMinutes, report);
  if (largeMillions !== undefined) {
    const { databaseUrl } = place;
    await measureLarge({ ...surroundings, bare: targets.bare, databaseUrl }, largeMillions);
  }
  note("done");
}

/** Resident memory right after the load, and, where that is asked, once it has been gone for a while. */
async function reportMemory(pid: number, besidePid: number | undefined): Promise<void> {
  const read = () => ({
    ours: memoryMegabytes(pid),
    beside: besidePid === undefined ? undefined : memoryMegabytes(besidePid),
  });
  const loaded = read();
  if (wanted("memory")) await pause(restMilliseconds);
  const rested = wanted("memory") ? read() : undefined;
  report.line("memory", {
    loadedMegabytes: loaded.ours.now,
    mostMegabytes: loaded.ours.most,
    ...(rested && { restedMegabytes: rested.ours.now }),
    ...(loaded.beside && {
      ofBeside: loaded.ours.now / loaded.beside.now,
      besideLoadedMegabytes: loaded.beside.now,
      besideMostMegabytes: loaded.beside.most,
    }),
    ...(rested?.beside && {
      restedOfBeside: rested.ours.now / rested.beside.now,
      besideRestedMegabytes: rested.beside.now,
    }),
  });
}
