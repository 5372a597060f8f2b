import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "./flows.ts";
import type { Connection } from "./http-connection.ts";
import { makeSchema } from "./provider-settings.ts";
import { type Target, benchAccounts, benchClient, benchEmail, benchPassword } from "./targets.ts";

/** Keycloak under load; `stop` leaves its database as it was. */
export interface KeycloakServer {
  readonly target: Target;
  readonly stop: () => Promise<void>;
}

const realm = "bench";

/**
 * Starts an unpacked Keycloak as its guides say for production (built for its database, started optimized; TLS is a proxy's),
 * with one realm of {@link benchAccounts} people. The folder is built again: it is no one else's.
 * @param folder what `org.keycloak:keycloak-quarkus-dist` unpacks to
 */
export async function startKeycloak(
  folder: string,
  databaseUrl: string,
  port: number,
): Promise<KeycloakServer> {
  const schema = await makeSchema(databaseUrl);
  writeRealm(folder);
  await once(keycloak(folder, ["build", "--db=postgres", "--health-enabled=false"]), "exit");
  const { host, pathname, username, password } = new URL(databaseUrl);
  const server = keycloak(folder, [
    ...["start", "--optimized", "--import-realm"],
    ...["--http-enabled=true", "--http-host=127.0.0.1", `--http-port=${port}`],
    ...["--hostname-strict=false", "--cache=local", "--log-level=error"],
    ...[`--db-url=jdbc:postgresql://${host}${pathname}`, `--db-schema=${schema.name}`],
    ...[`--db-username=${username}`, `--db-password=${password}`],
  ]);
  const stop = async () => {
    server.kill("SIGTERM");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    await schema.remove();
  };
  try {
    await isReady(server, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { target: { name: "keycloak", pid: javaOf(server.pid ?? 0), port }, stop };
}

/** An access token of one of its people, by the password grant: its JWT, as a client there receives it. */
export async function keycloakToken(connection: Connection, account: number): Promise<string> {
  const answer = await connection.send({
    method: "POST",
    path: keycloakPath("token"),
    body: new URLSearchParams({
      grant_type: "password",
      client_id: benchClient.client_id,
      client_secret: benchClient.client_secret,
      username: benchEmail(account),
      password: benchPassword,
      scope: "openid profile email",
    }).toString(),
  });
  const { access_token: token } = JSON.parse(expect(answer, 200).body.toString()) as {
    readonly access_token: string;
  };
  return token;
}

/** The path of an endpoint of its realm. */
export function keycloakPath(endpoint: "token" | "userinfo"): string {
  return `/realms/${realm}/protocol/openid-connect/${endpoint}`;
}

function keycloak(folder: string, args: readonly string[]): ChildProcess {
  return spawn(join(folder, "bin/kc.sh"), args, { stdio: ["ignore", 2, 2] });
}

/** The process whose CPU counts: its script waits for it. Linux only. */
function javaOf(script: number): number {
  return Number(readFileSync(`/proc/${script}/task/${script}/children`, "utf8").trim());
}

async function isReady(server: ChildProcess, port: number): Promise<void> {
  const address = `http://127.0.0.1:${port}/realms/${realm}/.well-known/openid-configuration`;
  while ((await fetch(address).catch(() => undefined))?.ok !== true) {
    if (server.exitCode !== null) throw new Error("Keycloak did not start");
    await pause(500);
  }
}

function writeRealm(folder: string): void {
  const imports = join(folder, "data/import");
  rmSync(imports, { recursive: true, force: true });
  mkdirSync(imports, { recursive: true });
  const users = Array.from({ length: benchAccounts }, (_, index) => ({
    username: benchEmail(index),
    email: benchEmail(index),
    emailVerified: true,
    enabled: true,
    firstName: "Camille",
    lastName: "Martin",
    credentials: [{ type: "password", value: benchPassword }],
  }));
  const client = {
    clientId: benchClient.client_id,
    secret: benchClient.client_secret,
    redirectUris: benchClient.redirect_uris,
    directAccessGrantsEnabled: true,
  };
  writeFileSync(
    join(imports, `${realm}-realm.json`),
    JSON.stringify({
      realm,
      enabled: true,
      sslRequired: "none",
      // Tokens outlive the run.
      accessTokenLifespan: 86_400,
      clients: [client],
      users,
    }),
  );
}
