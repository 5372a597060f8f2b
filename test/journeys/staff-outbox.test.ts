import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the outbox in the back office, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;

  beforeAll(async () => {
    // Nothing is sent meanwhile.
    provider = await startTestProvider(kind, { environment: { JOBS: "off" } });
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const outbox = () => provider.application.database.knex("outbox");
  const add = async (id: string, values: object = {}) => {
    const later = Math.floor(Date.now() / 1000) + 3600;
    await outbox().insert({
      ...{ id, channel: "mail", name: "accounts/validation", state: "waiting", attempts: 4 },
      ...{ due_at: later, created_at: later - 7200, account_sub: admin.sub, sequence: 1 },
      ...{ last_error: "connection ETIMEDOUT", encrypted_content: "sealed", ...values },
    });
  };
  const dueAt = async (id: string) =>
    Number((await outbox().where({ id }).pluck<number[]>("due_at"))[0]);
  const newest = async (name: "outbox-retried" | "outbox-dropped") =>
    (await provider.application.audit.page({ name }, { limit: 1 })).entries[0];

  it("shows what waits and why, tries one at once and drops one, and the audit says who did", async () => {
    await outbox().delete();
    await add("to-retry");
    await add("to-drop", { channel: "webhook", name: "access.opened" });
    const page = await admin.open("/admin/outbox");
    expect(page.h1).toBe("Envois en attente");
    expect(page.text).toContain("Validation de création de compte");
    expect(page.text).toContain("Essais : 4, dernière erreur : connection ETIMEDOUT");
    expect((await admin.post("/admin/outbox/to-retry/retry")).text).toContain(
      "Essayés maintenant : 1.",
    );
    expect(await dueAt("to-retry")).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    expect(await newest("outbox-retried")).toMatchObject({ actor: admin.sub, sub: admin.sub });
    await admin.post("/admin/outbox/to-drop/drop");
    expect(await outbox().where({ id: "to-drop" }).first()).toMatchObject({
      ...{ state: "failed", last_error: "dropped", encrypted_content: null },
    });
    expect(await newest("outbox-dropped")).toMatchObject({ actor: admin.sub });
  });

  it("is looked through by kind and state, page by page, and tried again as it was found", async () => {
    await outbox().delete();
    for (let number = 0; number < 51; number += 1) await add(`letter-${String(number)}`);
    await add("hook", { channel: "webhook", name: "access.opened" });
    const rows = () => admin.browser.page.html.split('<th scope="row"').length - 1;
    await admin.open("/admin/outbox?kind=mail");
    expect(rows()).toBe(50);
    await admin.browser.click("Page suivante");
    expect(rows()).toBe(1);
    await admin.open("/admin/outbox?state=sent");
    expect(admin.browser.page.text).toContain("Rien n'attend et rien n'a échoué.");
    await admin.open("/admin/outbox?kind=mail");
    await admin.browser.submit("Tout essayer maintenant");
    expect(admin.browser.page.text).toContain("Essayés maintenant : 51.");
    const later = await outbox()
      .where("due_at", ">", Math.ceil(Date.now() / 1000))
      .pluck("id");
    expect(later).toEqual(["hook"]);
  });
});
