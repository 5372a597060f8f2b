/**
 * Fires each alert of `deploy/prometheus/alerts.yml` once, in a real Prometheus (Debian's package), and prints what it came to.
 * What Prometheus reads is what a real node of this checkout tells, with the one figure changed that the alert is about: a
 * certificate that ends next week, a key of a hundred days cannot be had in a minute. The rules are the file's own, with
 * their durations shortened; before the first fault none of them may fire. It also holds the dashboard's names against the
 * node's. Usage: `node test/operations/alerts.ts`, or `npm run ci:long -- alerts`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";
import { waitFor } from "../support/wait-for.ts";
import { thisCheckout } from "./builds.ts";
import { startNode } from "./node-process.ts";

const deployed = join(thisCheckout.folder, "deploy/prometheus");
const now = () => Date.now() / 1000;

/** What a node of this checkout told of a purge that it had really refused. */
let refusal = "";

/** Lines that a fault adds; a line replaces what the node told of the same series. `age` is seconds since the fault began. */
type Fault = (age: number) => string | undefined;

/** What goes wrong, by the alert that must say so. */
const faults: Readonly<Record<string, Fault>> = {
  NodeDown: () => undefined,
  RequestsFail: (age) => requests("fault", age),
  MailFails: (age) => deliveries("connection-refused", age),
  OutboxWaits: () =>
    'lopauth_outbox_lag_seconds{channel="mail",kind="accounts/recovery",destination="other"} 400',
  QueueRefuses: (age) => `lopauth_hashing_refused_total{queue="passwords"} ${age}`,
  DatabaseSlow: (age) =>
    ["0.25", "1", "5", "+Inf"].map((end) => statements(end, end === "0.25" ? 0 : age)).join("\n"),
  ClockWrong: () => `lopauth_clock_timestamp_seconds ${now() + 30}`,
  AuditBroken: () => "lopauth_audit_chain_intact 0",
  SigningKeyOld: () => `lopauth_signing_key_age_seconds{alg="RS256"} ${100 * 86_400}`,
  SmtpCertificateEnds: () => `lopauth_smtp_certificate_end_timestamp_seconds ${now() + 7 * 86_400}`,
  PurgeBehind: () =>
    `lopauth_job_last_success_timestamp_seconds{job_name="purge-artifacts"} ${now() - 600}`,
  PurgeRefused: () => refusal,
  JobFails: (age) =>
    `lopauth_job_duration_seconds_count{job_name="rotate-signing-keys",outcome="failed"} ${age}`,
};

function requests(outcome: string, count: number): string {
  const labels = `method="GET",route="/signup",outcome="${outcome}"`;
  return `lopauth_http_request_duration_seconds_count{${labels}} ${count}`;
}

function deliveries(outcome: string, count: number): string {
  return `lopauth_delivery_duration_seconds_count{channel="mail",outcome="${outcome}"} ${count}`;
}

function statements(end: string, count: number): string {
  const labels = `le="${end}",store="register",statement="a slow one",outcome="ok"`;
  return `lopauth_statement_duration_seconds_bucket{${labels}} ${count}`;
}

/** What a node of this checkout tells, when it tells what is waited for. */
async function exposition(
  folder: string,
  what: string,
  isThere: (text: string) => boolean,
): Promise<string> {
  const metricsPort = await freePort();
  const node = await startNode(thisCheckout, {
    name: "node",
    port: await freePort(),
    environment: {
      DATABASE_URL: `sqlite:${join(folder, "auth.sqlite3")}`,
      METRICS_PORT: String(metricsPort),
    },
  });
  try {
    for (const path of ["/signup", "/recovery", "/healthz"]) {
      await fetch(`http://127.0.0.1:${node.port}${path}`);
    }
    const told = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return isThere(text) && text;
    };
    return await waitFor(what, told, 90);
  } finally {
    await node.stop();
  }
}

/** After some work, every gauge of its own is there; purges tell nothing before their first run. */
function healthyExposition(folder: string): Promise<string> {
  const names = ["lopauth_audit_chain_intact ", 'lopauth_purge_refused{kind="artifacts"} 0'];
  return exposition(folder, "every gauge", (text) => names.every((name) => text.includes(name)));
}

/** Its purge of artifacts ran a month ago, as the register says: the clock has jumped, or it was off for too long. */
async function refusedExposition(folder: string): Promise<string> {
  const register = new DatabaseSync(join(folder, "auth.sqlite3"));
  const monthAgo = Math.round(now()) - 30 * 86_400;
  register.prepare("UPDATE purges SET ran_at = ? WHERE kind = 'artifacts'").run(monthAgo);
  register.close();
  const refused = 'lopauth_purge_refused{kind="artifacts"} 1';
  await exposition(folder, "a refusal", (text) => text.includes(refused));
  return refused;
}

/** As it would be told now: what is an instant of the recording is one of now. */
function retold(healthy: string, recordedAt: number, fault: string): string {
  const changed = new Set(fault.split("\n").map(seriesOf));
  const lines = healthy.split("\n").filter((line) => !changed.has(seriesOf(line)));
  const later = now() - recordedAt;
  return [...lines, ...fault.split("\n")]
    .map((line) =>
      /^lopauth_(clock_timestamp|job_last_success_timestamp)_seconds/.test(line) &&
      !changed.has(seriesOf(line))
        ? line.replace(/\S+$/, (value) => String(Number(value) + later))
        : line,
    )
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n")
    .concat("\n");
}

function seriesOf(line: string): string {
  return line.replace(/ \S+$/, "");
}

/** The file's rules in a hurry: what takes minutes takes seconds. */
function hurried(rules: string): string {
  return rules.replaceAll(/\bfor: \w+/g, "for: 0s").replaceAll(/\[\d+m\]/g, "[10s]");
}

/** Names that the dashboard or a rule asks for and no node tells. */
function unknownNames(healthy: string): string[] {
  const told = new Set([...healthy.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name));
  const files = ["alerts.yml", "dashboard.json"].map((name) =>
    readFileSync(join(deployed, name), "utf8"),
  );
  const asked = files.flatMap((text) => text.match(/\b(lopauth|nodejs|process)_[a-z_0-9]+/g) ?? []);
  const isTold = (name: string) =>
    told.has(name) || told.has(name.replace(/_(bucket|sum|count)$/, ""));
  return [...new Set(asked)].filter((name) => !isTold(name));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-alerts-"));
  const healthy = await healthyExposition(folder);
  const recordedAt = now();
  refusal = await refusedExposition(folder);
  const unknown = unknownNames(healthy);
  if (unknown.length > 0) throw new Error(`no node tells ${unknown.join(", ")}`);
  const rules = readFileSync(join(deployed, "alerts.yml"), "utf8");
  const names = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = ""]) => name);
  const untried = names.filter((name) => !(name in faults));
  if (untried.length > 0) throw new Error(`nothing fires ${untried.join(", ")}`);

  let fault: { readonly lines: Fault; readonly since: number } | undefined;
  const target = createServer((_, response) => {
    const age = fault === undefined ? 0 : now() - fault.since;
    const lines = fault === undefined ? "" : fault.lines(age);
    if (lines === undefined) response.writeHead(503);
    response.end(lines === undefined ? "" : retold(healthy, recordedAt, lines));
  });
  const targetPort = await freePort();
  target.listen(targetPort, "127.0.0.1");

  writeFileSync(join(folder, "alerts.yml"), hurried(rules));
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [alerts.yml]
scrape_configs:
  - job_name: auth-lopcommerce
    static_configs: [{ targets: ["127.0.0.1:${targetPort}"] }]
`,
  );
  const port = await freePort();
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const firing = async (): Promise<string[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`);
    const { data } = (await answer.json()) as {
      data: { alerts: { labels: { alertname: string }; state: string }[] };
    };
    return data.alerts
      .filter(({ state }) => state === "firing")
      .map(({ labels }) => labels.alertname);
  };
  const quiet = (what: string) =>
    waitFor(what, async () => (await firing().catch(() => ["starting"])).length === 0, 40);
  try {
    await quiet("Prometheus");
    await pause(12_000);
    const early = await firing();
    if (early.length > 0) throw new Error(`a healthy node fires ${early.join(", ")}`);
    process.stdout.write("a healthy node fires nothing\n");
    for (const name of names) {
      const lines = faults[name];
      if (lines) fault = { lines, since: now() };
      await waitFor(`${name} to fire`, async () => (await firing()).includes(name), 40);
      const others = (await firing()).filter((other) => other !== name);
      fault = undefined;
      process.stdout.write(
        `${name} fires${others.length > 0 ? `, with ${others.join(", ")}` : ""}\n`,
      );
      await quiet(`${name} to end`);
    }
  } finally {
    const ended = new Promise((resolve) => prometheus.once("exit", resolve));
    prometheus.kill("SIGTERM");
    await ended;
    target.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
