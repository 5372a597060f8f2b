import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { nameOf, receiver, receivingClient } from "../signals/receiver.ts";
import { databases } from "../support/databases.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("signals in the back office, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;
  let party: ReturnType<typeof receiver>;
  let id: string;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: receivingClient },
      environment: { SIGNALS: "on" },
    });
    admin = await newColleague(provider, "admin");
    party = receiver(provider);
    id = String((await party.create({ description: "de la paie" }))["stream_id"]);
  });
  afterAll(() => provider.stop());

  const verify = () =>
    party.call("POST", "/signals/verification", { body: { stream_id: id, state: "un secret" } });
  const newest = async () =>
    (await provider.application.audit.page({ name: "signal-stream-changed" }, { limit: 1 }))
      .entries[0];
  const status = async () => (await party.call("GET", `/signals/status?stream_id=${id}`)).body;

  it("are found from the clients: the transmitter's metadata, each stream, its events, what waits", async () => {
    await admin.open("/admin/clients");
    await admin.browser.click("Signaux partagés");
    expect(admin.browser.page.h1).toBe("Signaux partagés");
    const metadata = admin.browser.page.findAll("pre.document")[0]?.text ?? "";
    const published = await fetch(`${provider.issuer}/.well-known/ssf-configuration`);
    expect(JSON.parse(metadata)).toEqual(await published.json());
    await verify();
    await admin.browser.click("Service portal");
    const { page } = admin.browser;
    for (const text of [id, "de la paie", "Session fermée", "Essai demandé par le récepteur"])
      expect(page.text).toContain(text);
    expect(page.html).not.toContain("un secret");
    expect((await admin.open("/admin/signals/unknown")).status).toBe(404);
  });

  it("are paused: what comes waits, the receiver is told and cannot undo it, the audit says who did", async () => {
    await admin.open(`/admin/signals/${id}`);
    await admin.browser.submit("Suspendre le flux");
    expect(admin.browser.page.text).toContain("Le flux est suspendu");
    expect(await newest()).toMatchObject({ actor: admin.sub, clientId: "portal" });
    expect(await status()).toMatchObject({ status: "paused" });
    expect((await party.tokens(id)).map(nameOf)).toContain("stream-updated");
    const body = { stream_id: id, status: "enabled" };
    expect((await party.call("POST", "/signals/status", { body })).status).toBe(403);
    expect((await admin.post(`/admin/signals/${id}/pause`)).text).toContain("Rien n'a changé");
    await admin.browser.submit("Reprendre le flux");
    expect(admin.browser.page.text).toContain("Le flux a repris");
    expect(await status()).toEqual({ stream_id: id, status: "enabled" });
  });

  it("are not taken up again for a receiver that stopped its stream itself", async () => {
    const body = { stream_id: id, status: "disabled" };
    await party.call("POST", "/signals/status", { body });
    const page = await admin.open(`/admin/signals/${id}`);
    expect(page.text).toContain("c'est à lui de le reprendre");
    await admin.post(`/admin/signals/${id}/resume`);
    expect(await status()).toMatchObject({ status: "disabled" });
  });
});
