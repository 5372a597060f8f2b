import { type Server, createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const siret = "13002526500013";
const allowed = "jeanne@trial.test";
const others = "paul@partenaire.test";

describe.each(databases)("a copy with MAIL_GUARD, on $name", (kind) => {
  let provider: TestProvider;
  let listener: Server;
  const called: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    listener = createServer((request, response) => {
      called.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const at = `http://127.0.0.1:${port}`;
    provider = await startTestProvider(kind, {
      clients: { portal: { backchannel_logout_uri: `${at}/logout` } },
      webhooks: [{ url: `${at}/hook`, events: ["access.opened"], secret }],
      environment: { PRIVATE_HOSTS: "127.0.0.1", MAIL_GUARD: `${allowed},opco.test` },
    });
  });
  afterAll(async () => {
    await provider.stop();
    await new Promise((resolve) => listener.close(resolve));
  });
  const ended = async (channel: string) =>
    provider.application.database
      .knex("outbox")
      .where({ channel })
      .whereNot({ state: "waiting" })
      .select<{ name: string; state: string; last_error: string }[]>("name", "state", "last_error");

  it("writes to whom it names alone: no other letter, webhook or logout token leaves", async () => {
    for (const email of [allowed, others, "anne@opco.test"]) {
      await provider.addAccount(email);
      await provider.openAccess(email, siret);
    }
    const browser = new BrowserAgent();
    const login = await provider.party("portal").login(browser);
    await browser.fill({ email: others, password: goodPassword }).submit();
    await login.signedIn();
    await provider.application.administration.endSessions(others, "operator");
    const kept = { state: "failed", last_error: "mail-guard" };
    const webhooks = await waitFor("the webhooks", async () => {
      const all = await ended("webhook");
      return all.length === 3 ? all : undefined;
    });
    expect(webhooks).toEqual(Array(3).fill({ name: "access.opened", ...kept }));
    const notices = await waitFor(
      "the notice",
      async () => (await ended("back-channel-logout"))[0],
    );
    expect(notices).toEqual({ name: "portal", ...kept });
    const letters = await waitFor("the letters", async () => {
      const all = await ended("mail");
      return all.length === 3 ? all : undefined;
    });
    expect(letters).toContainEqual({ name: "establishments/access-opened", ...kept });
    expect(called).toEqual([]);
    const sentTo = provider.smtp.messages.flatMap(({ envelope }) => envelope.to).sort();
    expect(sentTo).toEqual(["anne@opco.test", allowed]);
    expect(provider.log.join("")).toContain("MAIL_GUARD is set");
  });
});
