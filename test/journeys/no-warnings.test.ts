import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { databases, migrated } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const [one, two] = sirets;
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe.each(databases)("the library has nothing to complain of, on $name", (kind) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("neither at the start nor in a whole journey", async () => {
    const silent = () => undefined;
    const methods = ["log", "info", "warn", "error", "debug", "trace"] as const;
    const spies = methods.map((method) => jest.spyOn(console, method).mockImplementation(silent));
    const warning = jest.spyOn(process, "emitWarning").mockImplementation(silent);
    const provider = await startTestProvider(kind, {
      clients: {
        portal: { id_token_claims: true },
        third: { first_party: false, subject_type: "pairwise" },
        spa: { token_endpoint_auth_method: "none", require_pkce: true },
      },
    });
    try {
      for (const clientId of ["portal", "third", "spa"]) await wholeJourney(provider, clientId);
    } finally {
      await provider.stop();
    }
    expect([...spies, warning].flatMap((spy) => spy.mock.calls)).toEqual([]);
    const faults = provider.log.filter((line) => /"level":"?(warn|error|fatal|[456]0)/.test(line));
    expect(faults).toEqual([]);
  });

  it("says nothing but its log when it starts as in production", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lopauth-main-"));
    const database = await kind.create(migrated);
    const port = await freePort();
    const clientsFile = join(folder, "clients.json");
    writeFileSync(clientsFile, JSON.stringify([client]));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], {
      cwd: folder,
      env: { ...productionSettings(port, database.url), CLIENTS_FILE: clientsFile },
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    }
    const ended = new Promise((resolve) => child.once("exit", resolve));
    try {
      const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
      const ask = () => fetch(address).catch(() => undefined);
      const answer = await waitFor("the provider", ask, 60);
      expect(await answer.json()).toMatchObject({ token_endpoint: "https://auth.test/token" });
    } finally {
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    }
    const lines = output.join("").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { level: unknown }).level)).toEqual(
      lines.map(() => "info"),
    );
    expect(output.join("")).not.toMatch(/warning|notice|experimental|deprecat/i);
  });
});

const client = {
  client_id: "portal",
  client_secret: randomBytes(32).toString("base64url"),
  client_name: "Portail",
  redirect_uris: ["https://portal.test/callback"],
};

function productionSettings(port: number, databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: "production",
    PORT: String(port),
    ISSUER: "https://auth.test",
    DATABASE_URL: databaseUrl,
    SMTP_URL: "smtps://user:password@127.0.0.1:1",
    MAIL_FROM: "l'Opcommerce <ne-pas-repondre@auth.test>",
    PORTAL_URL: "https://portal.test",
    TRUSTED_PROXIES: "1",
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    ENCRYPTION_KEYS: randomBytes(32).toString("base64url"),
  };
}

/** Everything a client does, from the sign-in to the sign-out. */
async function wholeJourney(provider: TestProvider, clientId: string): Promise<void> {
  const party = provider.party(clientId);
  const person = await newPerson(provider, one, two);
  const login = await party.login(person.browser, { prompt: "login consent", ui_locales: "en" });
  await person.browser.fill({ email: person.email, password: "wrong" }).submit("Sign in");
  await person.browser.fill({ email: person.email, password: goodPassword }).submit("Sign in");
  await person.browser.fill({ siret: two }).submit("Continue");
  await person.browser.submit("Allow");
  const { tokens, userinfo } = await login.signedIn();
  expect(userinfo["siret"]).toBe(two);
  const refreshed = await party.refresh(tokens.refresh_token ?? "");
  expect(await party.introspect(refreshed.access_token)).toMatchObject({ active: true });
  await party.revoke(refreshed.access_token);
  await provider.closeAccess(person.email, two);
  const refused = await party.login(person.browser, { prompt: "none", redirect_uri: "x:y" });
  expect(refused.page.status).toBe(400);
  await person.browser.open(await party.endSessionUrl(tokens.id_token ?? ""));
  await person.browser.submit("Se déconnecter");
  expect(person.browser.page.url).toBe(`${party.origin}/`);
}
