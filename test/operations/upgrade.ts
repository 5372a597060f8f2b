/**
 * An upgrade as docs/operations.md says it, under load: the newest release serves, this build migrates, both
 * serve behind one proxy, the old one stops; then the keys are rotated node by node, and the release comes
 * back. Nobody may fail to sign in, and who signed in stays signed in.
 *
 *     node test/operations/upgrade.ts sqlite|postgres
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";
import { makeCluster } from "../support/postgres-cluster.ts";
import { startRelyingParty } from "../support/relying-party.ts";
import { startSmtp } from "../support/smtp.ts";
import { type Build, releasedBuild, thisCheckout } from "./builds.ts";
import { startHaproxy } from "./haproxy.ts";
import { type Environment, type NodeProcess, lopauth, startNode } from "./node-process.ts";
import { type SignedInPerson, comeBack, keepComing, signUp } from "./people.ts";

const kind = process.argv[2];
if (kind !== "sqlite" && kind !== "postgres") throw new Error("give sqlite or postgres");

const siret = "13002526500013";
const emails = Array.from({ length: 6 }, (_, index) => `camille.${index}@partenaire.test`);
/** How long each stage is under load. */
const stageSeconds = Number(process.env["STAGE_SECONDS"] ?? 10);

const folder = mkdtempSync(join(tmpdir(), "lopauth-upgrade-"));
const cluster = kind === "postgres" ? await makeCluster() : undefined;
const smtp = await startSmtp();
const release = releasedBuild();
const ports = { proxy: await freePort(), one: await freePort(), two: await freePort() };
const issuer = `http://localhost:${ports.proxy}`;
const clientSecret = randomBytes(32).toString("base64url");
const party = await startRelyingParty({
  issuer,
  clientId: "portal",
  clientSecret,
  scope: "openid email siret",
});
const keys = { cookie: [secret()], encryption: [secret()] };
const proxy = await startHaproxy(ports.proxy, { one: ports.one, two: ports.two });
const kept: SignedInPerson[] = [];
const nodes = new Map<"one" | "two", NodeProcess>();
const failures: string[] = [];

try {
  writeFileSync(join(folder, "clients.json"), JSON.stringify([client()]));
  await lopauth(release, environment(), "migrate");
  await put("one", release);
  for (const email of emails) await signUp(issuer, smtp, email);
  for (const email of emails) {
    await lopauth(release, environment(), "access", "open", email, siret);
  }

  await stage(`${release.version} alone`, () => Promise.resolve());
  await stage(`${thisCheckout.version} migrates beside it`, async () => {
    await lopauth(thisCheckout, environment(), "migrate");
  });
  await stage("both serve", () => put("two", thisCheckout));
  await stage(`${release.version} leaves`, () => take("one"));
  await stage(`${thisCheckout.version} on both nodes`, () => put("one", thisCheckout));

  const next = { cookie: secret(), encryption: secret() };
  keys.cookie.push(next.cookie);
  keys.encryption.push(next.encryption);
  await stage("new keys at the end of the list, node by node", restartAll);
  keys.cookie.reverse();
  keys.encryption.reverse();
  await stage("new keys at the front, node by node", restartAll);

  await stage(`back: ${release.version} beside ${thisCheckout.version}`, async () => {
    await take("one");
    await put("one", release);
  });
  await stage(`back: ${release.version} alone`, () => take("two"));
  await everybodyIsStillSignedIn();
} finally {
  for (const node of nodes.values()) await node.kill();
  await proxy.stop();
  await party.close();
  await smtp.close();
  await cluster?.remove();
  release.remove();
  rmSync(folder, { recursive: true, force: true });
}

if (failures.length > 0) {
  console.error(failures.slice(0, 20).join("\n"));
  throw new Error(`${failures.length} failed`);
}

/** Does something under load, and goes on with the load for a while. */
async function stage(name: string, work: () => Promise<void>): Promise<void> {
  const load = keepComing(party, emails, { atOnce: 3, kept });
  await work();
  await pause(stageSeconds * 1000);
  const { signIns, returns, failures: met } = await load.end();
  console.log(`${name}: ${signIns} sign-ins, ${returns} returns, ${met.length} failed`);
  if (signIns === 0 || returns === 0) failures.push(`${name}: nobody came, which shows nothing`);
  failures.push(...met.map((failure) => `${name}: ${failure}`));
}

async function put(name: "one" | "two", build: Build): Promise<void> {
  nodes.set(name, await startNode(build, { name, port: ports[name], environment: environment() }));
  await proxy.putBack(name);
  await proxy.serves(name);
}

async function take(name: "one" | "two"): Promise<void> {
  await proxy.drain(name);
  // What the proxy gave it before it knew is under way; a stop lets it end.
  await pause(500);
  await nodes.get(name)?.stop();
  nodes.delete(name);
}

async function restartAll(): Promise<void> {
  for (const name of ["one", "two"] as const) {
    await take(name);
    await put(name, thisCheckout);
  }
}

/** Every session and every refresh token of the whole upgrade, the first ones too. */
async function everybodyIsStillSignedIn(): Promise<void> {
  for (const person of kept) {
    await comeBack(party, person).catch((error: unknown) => {
      failures.push(`at the end, ${person.email}: ${String(error)}`);
    });
  }
  console.log(`at the end: ${kept.length} people came back by session, userinfo and refresh`);
}

function environment(): Environment {
  return {
    ISSUER: issuer,
    TRUSTED_PROXIES: "1",
    DATABASE_URL: cluster?.url ?? `sqlite:${join(folder, "auth.sqlite3")}`,
    SMTP_URL: smtp.url,
    CLIENTS_FILE: join(folder, "clients.json"),
    PORTAL_URL: party.origin,
    COOKIE_KEYS: keys.cookie.join(","),
    ENCRYPTION_KEYS: keys.encryption.join(","),
    SIGN_UPS_PER_ADDRESS_PER_HOUR: "100000",
    SIGN_INS_PER_ADDRESS_PER_MINUTE: "100000",
  };
}

function client(): object {
  return {
    client_id: "portal",
    client_secret: clientSecret,
    client_name: "Portail",
    client_uri: party.origin,
    redirect_uris: [party.redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    scope: "openid email siret offline_access",
  };
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}
