/**
 * Our provider as production runs it (compiled templates kept, log level `warn`), prepared for the
 * benchmark. It reports over IPC what no endpoint of the product tells. Run as a process.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Telemetry, systemClock, systemRandom } from "../src/foundation/index.ts";
import { openWatch } from "../src/telemetry/index.ts";
import { createLogger, readSettings } from "../src/operations/index.ts";
import { startServer } from "../src/server.ts";
import { migrate, openDatabase } from "../src/storage/index.ts";
import { seedAccounts } from "./seed.ts";
import { benchPassword } from "./targets.ts";

/** What the benchmark asks its server. */
export type ServerQuestion =
  | { readonly ask: "verify"; readonly times: number }
  | { readonly ask: "loop-delay-start" }
  | { readonly ask: "loop-delay-end" }
  | { readonly ask: "sweep" }
  | { readonly ask: "watch"; readonly isOn: boolean }
  | { readonly ask: "stop" };

const settings = { ...readSettings(process.env, () => ({})), production: true };
const unwatched = { ...settings.watch, metrics: undefined, traces: undefined };
const database = openDatabase(settings.databaseUrl);
await migrate(database);
await seedAccounts(database);
await database.close();

const logger = createLogger({ level: settings.logLevel, format: "json", clock: systemClock });
/** `BENCH_SWITCHED`: metrics and traces are turned on and off while it runs, to be compared within one process. */
const switched = process.env["BENCH_SWITCHED"] === undefined ? undefined : await switchedWatch();
const server = await startServer(switched ? { ...settings, watch: unwatched } : settings, {
  ...{ clock: systemClock, random: systemRandom, logger },
  ...(switched && { telemetry: switched.telemetry }),
});
await switched?.watch.listen(server.application.gauges());
const stored = await server.application.passwords.hash(benchPassword);
const delay = monitorEventLoopDelay({ resolution: 1 });

process.on("message", (question: ServerQuestion) => {
  void answer(question).then((result) => process.send?.(result));
});
process.send?.({ ready: true });

async function answer(question: ServerQuestion): Promise<object> {
  switch (question.ask) {
    case "verify":
      return verify(question.times);
    case "loop-delay-start":
      delay.reset();
      delay.enable();
      return {};
    case "loop-delay-end":
      delay.disable();
      // A sample is the time between two ticks of a timer of 1 ms: what exceeds that is the delay.
      return { p50: sample(50), p99: sample(99), max: delay.max / 1e6 - 1 };
    case "sweep":
      return sweep();
    case "watch":
      if (switched) switched.isOn = question.isOn;
      return {};
    case "stop":
      await server.stop();
      setImmediate(() => process.disconnect());
      return {};
  }
}

/** What the settings ask for, behind a switch: off it costs a call that leads on, some 10 ns at each place. */
async function switchedWatch() {
  const watch = await openWatch({ settings: settings.watch, version: "0", logger });
  const on = watch.telemetry;
  const state = { isOn: false, watch };
  const telemetry: Telemetry = {
    timed: (kind, name, work) => (state.isOn ? on.timed(kind, name, work) : work()),
    follow: (kind, name, work) => (state.isOn ? on.follow(kind, name, work) : work()),
    record: (...values) => (state.isOn ? on.record(...values) : undefined),
    count: (...values) => (state.isOn ? on.count(...values) : undefined),
    trace: (...values) => (state.isOn ? on.trace(...values) : undefined),
  };
  return Object.assign(state, { telemetry });
}

/** Two at a time, as in the sign-ins it is taken from: the cores share caches and memory. */
async function verify(times: number): Promise<object> {
  const { passwords } = server.application;
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 2) {
    await Promise.all([
      passwords.verify(stored, benchPassword),
      passwords.verify(stored, benchPassword),
    ]);
  }
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: (user + system) / 1000 / times };
}

/** One run of the job that removes what has expired. */
async function sweep(): Promise<object> {
  const startedAt = performance.now();
  let rows = 0;
  for (let piece = 1; piece > 0; rows += piece) {
    piece = await server.application.artifacts.sweep(200);
  }
  return { rows, seconds: (performance.now() - startedAt) / 1000 };
}

function sample(percent: number): number {
  return Math.max(0, delay.percentile(percent) / 1e6 - 1);
}
