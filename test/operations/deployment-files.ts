/**
 * Holds the files of `deploy/` against the programs that read them (Debian's packages) and, for the two proxies, against a
 * real node of this checkout: 16 kB of `state` pass, `/readyz` is not told to strangers, http leads to https, a node's own 503
 * is passed on. What is changed of a file before it is read are its addresses and its certificate.
 * Usage: `node test/operations/deployment-files.ts`, or `npm run ci:long -- deployment-files`.
 */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { waitFor } from "../support/wait-for.ts";
import { thisCheckout } from "./builds.ts";
import { type Change, deployed } from "./deployed.ts";
import { lopauth, startNode } from "./node-process.ts";

const host = "auth.lopcommerce.com";
const folder = mkdtempSync(join(tmpdir(), "lopauth-deploy-"));
const secret = () => randomBytes(32).toString("base64url");
const say = (line: string) => process.stdout.write(`${line}\n`);

/** What an operator writes into the files of root alone that the unit hands over, by their names. */
const credentials: Readonly<Record<string, string>> = {
  "database-url": `sqlite:${join(folder, "auth.sqlite3")}`,
  "smtp-url": "smtp://127.0.0.1:1",
  ...{ "cookie-keys": secret(), "encryption-keys": secret(), "portal-client-secret": secret() },
};

/** The settings as systemd gives them to the node: those of the example and of the unit, and none besides. */
const example = deployedSettings();

/** Of the node behind the proxies: addresses of this machine in place of a data centre's. */
const environment = {
  ...example,
  ...{ HOST: "127.0.0.1", METRICS_HOST: "127.0.0.1", METRICS_PORT: String(await freePort()) },
};

/** @see systemd.exec(5): what `EnvironmentFile=`, `Environment=` and `LoadCredential=` come to */
function deployedSettings(): Record<string, string> {
  const unit = deployed("systemd/auth-lopcommerce.service", []);
  const given = new Set([...unit.matchAll(/^LoadCredential=([\w-]+):/gm)].map(([, name]) => name));
  for (const [name, content] of Object.entries(credentials)) {
    if (!given.has(name)) throw new Error(`the unit hands over no ${name}`);
    writeFileSync(join(folder, name), `${content}\n`);
  }
  const unset = [...given].filter((name) => credentials[name ?? ""] === undefined);
  if (unset.length > 0) throw new Error(`the unit asks for ${unset.join()}, too`);
  const ofUnit = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = ""]) =>
    line.replaceAll("%d", folder).replaceAll("%H", "node-1").split(" "),
  );
  const ofFile = deployed("systemd/environment.example", []).split("\n");
  const lines = [...ofFile, ...ofUnit].filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [name = ""] = line.split("=", 1);
      return [name, line.slice(name.length + 1).replace(/^"(.*)"$/, "$1")];
    }),
  );
}

/** One proxy: what starts it with its file in the folder. */
interface Proxy {
  readonly file: string;
  readonly changes: (ports: { http: number; https: number }) => readonly Change[];
  /** @returns what is run, once the changed text is written where it says */
  readonly start: (text: string) => readonly [program: string, ...words: string[]];
}

const proxies: Readonly<Record<string, Proxy>> = {
  nginx: {
    file: "nginx/auth.lopcommerce.com.conf",
    changes: ({ http, https }) => [
      ["listen 80;", `listen 127.0.0.1:${http};`],
      ["listen 443 ssl http2;", `listen 127.0.0.1:${https} ssl http2;`],
      ["/etc/ssl/auth.lopcommerce.com.pem", join(folder, "both.pem")],
      ["/etc/ssl/private/auth.lopcommerce.com.key", join(folder, "both.pem")],
    ],
    start: (text) => {
      const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      const own = paths.map((each) => `${each}_temp_path ${join(folder, each)};`).join(" ");
      const pid = `pid ${join(folder, "nginx.pid")};`;
      const file = join(folder, "nginx.conf");
      const http = `http { access_log off; ${own}\n${text}\n}`;
      writeFileSync(file, `daemon off; ${pid}\nevents {}\n${http}\n`);
      return ["nginx", "-p", folder, "-c", file, "-e", join(folder, "error.log")];
    },
  },
  haproxy: {
    file: "haproxy/haproxy.cfg",
    changes: ({ http, https }) => [
      ["bind :80\n", `bind 127.0.0.1:${http}\n`],
      ["bind :443 ", `bind 127.0.0.1:${https} `],
      ["/etc/ssl/private/auth.lopcommerce.com.pem", join(folder, "both.pem")],
      ["  log /dev/log local0\n", ""],
    ],
    start: (text) => {
      const file = join(folder, "haproxy.cfg");
      writeFileSync(file, text);
      return ["haproxy", "-f", file];
    },
  },
};

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
}

/** Asks the proxy as a browser would, by its name; its certificate was made a moment ago. */
function ask(port: number, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host: "127.0.0.1", port, path, servername: host, headers: { host } },
        maxHeaderSize: 64 * 1024,
        ca: readFileSync(join(folder, "both.pem")),
      },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Error(`${what}: ${String(found)} instead of ${String(expected)}`);
  say(`  ${what}: ${String(found)}`);
}

async function tryProxy(name: string, proxy: Proxy, nodePort: number): Promise<void> {
  say(name);
  const ports = { http: await freePort(), https: await freePort() };
  const nodes = ["10.0.0.11", "10.0.0.12", "10.0.0.13"].map(
    (address) => [`${address}:3000`, `127.0.0.1:${nodePort}`] as const,
  );
  const text = deployed(proxy.file, [...nodes, ...proxy.changes(ports)]);
  const [program, ...words] = proxy.start(text);
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  try {
    await waitFor(
      name,
      async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended: ${errors.join("")}`);
        return (await ask(ports.https, "/signup").catch(() => undefined))?.status === 200;
      },
      20,
    );
    const query = new URLSearchParams({
      ...{ client_id: "portail-partenaire", response_type: "code", scope: "openid" },
      ...{ redirect_uri: `${String(example["PORTAL_URL"])}/callback`, state: "" },
      ...{ code_challenge: secret(), code_challenge_method: "S256" },
    });
    const weight = [...query].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    query.set("state", "s".repeat(16 * 1024 - weight));
    const authorization = await ask(ports.https, `/auth?${query.toString()}`);
    expectSame("16 kB, most of it state", authorization.status, 303);
    expectSame("to its sign-in", authorization.location?.startsWith("/interaction/"), true);
    query.set("nonce", "n");
    const beyond = await ask(ports.https, `/auth?${query.toString()}`);
    expectSame("beyond, told to the client", beyond.status, 303);
    expectSame("/readyz", (await ask(ports.https, "/readyz")).status, 404);
    const plain = await fetch(`http://127.0.0.1:${ports.http}/signup?a=b`, {
      redirect: "manual",
      headers: { host },
    });
    expectSame("http", plain.status, 301);
    await lopauth(thisCheckout, environment, "maintenance", "on", "--until", "10m");
    await waitFor("maintenance", async () => (await ask(ports.https, "/signup")).status === 503);
    // More often than any proxy would need to give a node up.
    const refused = Array.from(
      { length: 20 },
      async () => (await ask(ports.https, "/signup")).status,
    );
    expectSame(
      "a node's 503, twenty times",
      [...new Set(await Promise.all(refused))].join(),
      "503",
    );
    expectSame("and what is served beside", (await ask(ports.https, "/jwks")).status, 200);
    await lopauth(thisCheckout, environment, "maintenance", "off");
    await waitFor("its end", async () => (await ask(ports.https, "/signup")).status === 200);
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

/** systemd looks for the program, which is elsewhere here. */
function verifyUnit(): void {
  const file = join(folder, "auth-lopcommerce.service");
  const elsewhere = [["/usr/bin/npm", "/usr/bin/env"]] as const;
  writeFileSync(file, deployed("systemd/auth-lopcommerce.service", elsewhere));
  execFileSync("systemd-analyze", ["verify", file], { stdio: ["ignore", "inherit", "inherit"] });
  const said = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], {
    encoding: "utf8",
  });
  const exposure = /exposure level[^:]*: (\S+)/.exec(said)?.[1] ?? "";
  say(`systemd\n  the unit is verified; its exposure is ${exposure} of 10`);
  if (!(Number(exposure) <= 2)) throw new Error("the unit is more exposed than 2");
}

function checkRules(): void {
  for (const [command, name] of [
    ["rules", "alerts.yml"],
    ["config", "prometheus.yml"],
  ] as const) {
    const file = join(thisCheckout.folder, "deploy/prometheus", name);
    execFileSync("promtool", ["check", command, file], { stdio: ["ignore", "ignore", "inherit"] });
  }
  say("prometheus\n  rules and configuration are read");
}

async function main(): Promise<void> {
  verifyUnit();
  checkRules();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject];
  execFileSync("openssl", [...words, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  writeFileSync(
    join(folder, "both.pem"),
    readFileSync(certificate, "utf8") + readFileSync(key, "utf8"),
  );
  say("the settings of systemd/");
  expectSame("issuer", example["ISSUER"], `https://${host}`);
  await lopauth(thisCheckout, example, "client", "check");
  say("  lopauth client check finds nothing");
  await lopauth(thisCheckout, environment, "migrate");
  const node = await startNode(thisCheckout, { name: "node", port: await freePort(), environment });
  try {
    for (const [name, proxy] of Object.entries(proxies)) await tryProxy(name, proxy, node.port);
  } finally {
    await node.stop();
  }
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
