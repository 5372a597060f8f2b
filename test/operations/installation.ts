import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { type PostgresCluster, makeCluster } from "../support/postgres-cluster.ts";
import { type RelyingParty, startRelyingParty } from "../support/relying-party.ts";
import { type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { thisCheckout } from "./builds.ts";
import { startHaproxy } from "./haproxy.ts";
import { startNginx } from "./nginx.ts";
import { type Environment, type NodeProcess, lopauth, startNode } from "./node-process.ts";
import { type SignedInPerson, signIn, signUp } from "./people.ts";

/** Several nodes of this checkout on one PostgreSQL, behind one proxy, with people who are signed in. */
export interface Installation {
  readonly issuer: string;
  readonly party: RelyingParty;
  readonly clientSecret: string;
  readonly cluster: PostgresCluster;
  readonly smtp: SmtpTestServer;
  readonly people: readonly SignedInPerson[];
  readonly emails: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
  readonly node: (name: string) => NodeProcess;
  /** Starts a node, again or for the first time, and waits until it is ready. */
  readonly start: (name: string, environment?: Environment) => Promise<NodeProcess>;
  /** What a command or another node is run with. */
  readonly environment: (more?: Environment) => Environment;
  readonly remove: () => Promise<void>;
}

/** What an installation is made of. */
export interface Plan {
  readonly nodes: readonly string[];
  /** In front of the nodes; the first node is asked itself when there is none. */
  readonly proxy?: "haproxy" | "nginx";
  readonly people?: number;
  /** Settings of every node. */
  readonly environment?: Environment;
  /** Where the nodes find the database: the cluster itself unless told. */
  readonly databaseUrl?: (cluster: PostgresCluster) => Promise<string>;
  readonly webhooks?: readonly object[];
  /** More of the client's metadata. */
  readonly client?: object;
  /** Clients beside it. */
  readonly otherClients?: readonly object[];
}

const siret = "13002526500013";

/** Makes it: migrated, every node started, everybody signed up and in. */
export async function install(plan: Plan): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-faults-"));
  const cluster = await makeCluster();
  const smtp = await startSmtp();
  const ports: Record<string, number> = {};
  for (const name of plan.nodes) ports[name] = await freePort();
  const [first = ""] = plan.nodes;
  const proxyPort = plan.proxy ? await freePort() : (ports[first] ?? 0);
  const issuer = `http://localhost:${proxyPort}`;
  const clientSecret = secret();
  const party = await startRelyingParty({
    ...{ issuer, clientId: "portal", clientSecret },
    scope: "openid email siret offline_access",
  });
  writeFileSync(
    join(folder, "clients.json"),
    JSON.stringify([
      { ...portal(party, clientSecret), ...plan.client },
      ...(plan.otherClients ?? []),
    ]),
  );
  if (plan.webhooks) writeFileSync(join(folder, "webhooks.json"), JSON.stringify(plan.webhooks));
  const shared: Environment = {
    ISSUER: issuer,
    TRUSTED_PROXIES: plan.proxy ? "1" : "0",
    DATABASE_URL: (await plan.databaseUrl?.(cluster)) ?? cluster.url,
    SMTP_URL: smtp.url,
    CLIENTS_FILE: join(folder, "clients.json"),
    PORTAL_URL: party.origin,
    COOKIE_KEYS: secret(),
    ENCRYPTION_KEYS: secret(),
    SIGN_UPS_PER_ADDRESS_PER_HOUR: "100000",
    SIGN_INS_PER_ADDRESS_PER_MINUTE: "100000",
    ...plan.environment,
  };
  const environment = (more: Environment = {}) => ({ ...shared, ...more });
  const running = new Map<string, NodeProcess>();
  const start = async (name: string, more: Environment = {}) => {
    const given = { name, port: ports[name] ?? 0, environment: environment(more) };
    const node = await startNode(thisCheckout, given);
    running.set(name, node);
    return node;
  };
  const nginx = plan.proxy === "nginx" ? await startNginx(proxyPort, ports) : undefined;
  const haproxy = plan.proxy === "haproxy" ? await startHaproxy(proxyPort, ports) : undefined;
  const remove = async () => {
    cluster.thaw();
    for (const node of running.values()) await node.kill();
    await nginx?.stop();
    await haproxy?.stop();
    await party.close();
    await smtp.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // A pooler is no place for a migration.
    const migrated = shared["DATABASE_URL"]?.startsWith("sqlite:")
      ? {}
      : { DATABASE_URL: cluster.url };
    await lopauth(thisCheckout, environment(migrated), "migrate");
    await Promise.all(plan.nodes.map((name) => start(name)));
    if (haproxy) await Promise.all(plan.nodes.map((name) => haproxy.serves(name)));
    const emails = Array.from(
      { length: plan.people ?? 4 },
      (_, index) => `camille.${index}@partenaire.test`,
    );
    const people: SignedInPerson[] = [];
    for (const email of emails) {
      await signUp(issuer, smtp, email);
      await lopauth(thisCheckout, environment(), "access", "open", email, siret);
      people.push(await signIn(party, email));
    }
    const node = (name: string) => {
      const found = running.get(name);
      if (!found) throw new Error(`no node ${name}`);
      return found;
    };
    const known = { issuer, party, clientSecret, cluster, smtp, people, emails, ports };
    return { ...known, node, start, environment, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The relying party as it is declared. */
function portal(party: RelyingParty, clientSecret: string): object {
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
