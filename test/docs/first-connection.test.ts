import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [sqlite] = databases;
if (!sqlite) throw new Error("SQLite is always at hand");

describe("docs/integrators.md", () => {
  let provider: TestProvider;
  let example: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const redirect_uris = [`http://localhost:${port}/callback`];
    provider = await startTestProvider(sqlite, { clients: { exemple: { redirect_uris } } });
    await provider.addAccount("integration@partenaire.test");
    await provider.openAccess("integration@partenaire.test", "13002526500013");
    const environment = {
      ...process.env,
      NODE_OPTIONS: "",
      ISSUER: provider.issuer,
      CLIENT_ID: "exemple",
      CLIENT_SECRET: provider.clientSecret,
      PORT: String(port),
    };
    example = spawn(process.execPath, ["docs/examples/openid-client.mjs"], { env: environment });
    const [line] = (await once(example.stdout ?? example, "data")) as [Buffer];
    expect(line.toString()).toContain("listening");
  });
  afterAll(async () => {
    example.kill();
    await provider.stop();
  });

  it("connects with openid-client as its example says", async () => {
    const browser = new BrowserAgent();
    await browser.open(`http://localhost:${port}/`);
    await browser.fill({ email: "integration@partenaire.test", password: goodPassword }).submit();
    expect(browser.page.json()).toMatchObject({
      email: "integration@partenaire.test",
      siret: "13002526500013",
      siren: "130025265",
      establishments: [{ siret: "13002526500013", siren: "130025265" }],
    });
  });
});
