import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [sqlite] = databases;
if (!sqlite) throw new Error("SQLite is always at hand");

/** The examples that need nothing but this project's development dependencies; the others: `docs/try`. */
const examples = [
  { library: "openid-client", file: "openid-client.mjs", metadata: {} },
  { library: "passport", file: "passport.mjs", metadata: { require_pkce: false } },
];

describe("docs/integrators.md", () => {
  let provider: TestProvider;
  let example: ChildProcess;
  const ports = new Map<string, number>();
  const email = "integration@partenaire.test";

  beforeAll(async () => {
    const clients: Record<string, object> = {};
    for (const { library, metadata } of examples) {
      const port = await freePort();
      ports.set(library, port);
      clients[library] = { redirect_uris: [`http://localhost:${port}/callback`], ...metadata };
    }
    provider = await startTestProvider(sqlite, { clients });
    await provider.addAccount(email);
    await provider.openAccess(email, "13002526500013");
  });
  afterEach(() => {
    example.kill();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each(examples)("connects with $library as its example says", async ({ library, file }) => {
    const port = ports.get(library);
    const environment = {
      ...process.env,
      NODE_OPTIONS: "",
      ISSUER: provider.issuer,
      CLIENT_ID: library,
      CLIENT_SECRET: provider.clientSecret,
      PORT: String(port),
    };
    example = spawn(process.execPath, [`docs/examples/${file}`], { env: environment });
    const [line] = (await once(example.stdout ?? example, "data")) as [Buffer];
    expect(line.toString()).toContain("listening");
    const browser = new BrowserAgent();
    await browser.open(`http://localhost:${port}/`);
    await browser.fill({ email, password: goodPassword }).submit();
    expect(browser.page.json()).toMatchObject({
      email,
      siret: "13002526500013",
      siren: "130025265",
      establishments: [{ siret: "13002526500013", siren: "130025265" }],
    });
  });
});
