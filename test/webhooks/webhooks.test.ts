import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { type WebhookListener, startListener, webhookSecret } from "./webhook-listener.ts";

const [one, two] = ["13002526500013", "35600000009075"] as const;

describe.each(databases)("webhooks on $name", (kind) => {
  let provider: TestProvider;
  let listener: WebhookListener;
  let count = 0;

  beforeAll(async () => {
    listener = await startListener();
    const all = ["access.opened", "access.closed", "account.disabled"];
    provider = await startTestProvider(kind, {
      webhooks: [
        { url: listener.url("all"), events: all, secret: webhookSecret },
        { url: listener.url("closed"), events: ["access.closed"], secret: webhookSecret },
      ],
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
    });
  });
  beforeEach(async () => {
    await provider.application.webhooks.idle();
    listener.received.length = 0;
    listener.answer = { status: 204 };
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
    await listener.close();
  });

  const newAccount = async () => {
    const email = `rappel.${(count += 1)}@partenaire.test`;
    return { email, ...(await provider.addAccount(email)) };
  };
  /** Those about one account: what an earlier test asked for may still be on its way. */
  const messages = (sub: string, path: string, type: string) =>
    listener.received.filter(
      ({ path: at, body }) =>
        at === `/${path}` && body.type === type && (body.data as { sub?: string }).sub === sub,
    );
  const waitForMessages = (sub: string, path: string, type: string, number = 1) =>
    waitFor(`${number} of ${type} at ${path}`, () => {
      const found = messages(sub, path, type);
      return found.length >= number && found;
    });
  const kept = async (sub: string) => {
    const { database } = provider.application;
    const where = { channel: "webhook", account_sub: sub };
    return database.knex<object>("outbox").where(where).select("*") as Promise<object[]>;
  };

  it("tell what was opened, signed, by identifiers alone", async () => {
    const { email, sub } = await newAccount();
    const before = Math.floor(Date.now() / 1000);
    await provider.openAccess(email, one, two);
    const found = await waitForMessages(sub, "all", "access.opened", 2);
    expect(found.map(({ body }) => body.data).sort(bySiret)).toMatchObject([
      { sub, siret: one, opened_by: "operator", until: null, closed_at: null },
      { sub, siret: two },
    ]);
    expect(found.every(({ isSigned }) => isSigned)).toBe(true);
    expect(found[0]?.timestamp).toBeGreaterThanOrEqual(before);
    expect(found[0]?.timestamp).toBeLessThanOrEqual(Date.now() / 1000);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
    expect(JSON.stringify(found)).not.toContain(email);
    expect(messages(sub, "closed", "access.opened")).toEqual([]);
  });

  it("leave an address that this node does not know to a node that does", async () => {
    const { sub } = await newAccount();
    const { database, encryption } = provider.application;
    const body = JSON.stringify({ type: "access.opened", timestamp: "", data: { sub } });
    const content = JSON.stringify({ id: sub, url: "https://new.partenaire.test/", body });
    const now = Math.floor(Date.now() / 1000);
    await database.knex("outbox").insert({
      ...{ id: sub, channel: "webhook", name: "access.opened", account_sub: sub },
      ...{ state: "waiting", attempts: 0, due_at: now, created_at: now },
      encrypted_content: encryption.encrypt(content, `outbox:${sub}`),
    });
    await waitFor("a try", async () => {
      const [row] = (await kept(sub)) as { readonly last_error: string | null }[];
      return row?.last_error !== null;
    });
    expect(await kept(sub)).toMatchObject([{ state: "waiting", last_error: "not declared here" }]);
    await database.knex("outbox").where({ id: sub }).delete();
  });

  it("tell every address that asked of a closing, and of an end by its date", async () => {
    const { email, id, sub } = await newAccount();
    await provider.openAccess(email, one, two);
    await provider.closeAccess(email, one);
    await waitForMessages(sub, "all", "access.closed");
    expect(await waitForMessages(sub, "closed", "access.closed")).toMatchObject([
      { body: { data: { sub, siret: one, closed_by: "operator" } } },
    ]);
    const { accesses, clock, database } = provider.application;
    const until = clock.epochSeconds() + 60;
    await database
      .knex("accesses")
      .where({ account_id: id, siret: two })
      .update({ until_at: until });
    fakeDate(until * 1000);
    await accesses.endExpired();
    const found = await waitForMessages(sub, "closed", "access.closed", 2);
    expect(found[1]?.body.data).toMatchObject({ sub, siret: two, closed_by: "until-date" });
  });

  it("tell of a disabled account, once, and not of one that is enabled", async () => {
    const { email, sub } = await newAccount();
    const { administration } = provider.application;
    const disable = () => administration.setState(email, "disabled", "operator");
    const outcomes = await Promise.all([disable(), disable(), disable()]);
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    await administration.setState(email, "active", "operator");
    expect(await waitForMessages(sub, "all", "account.disabled")).toMatchObject([
      { body: { data: { sub } } },
    ]);
    expect(await kept(sub)).toHaveLength(1);
  });

  it("are written with the change, or not at all", async () => {
    const { email, sub, id } = await newAccount();
    const { accesses } = provider.application;
    const opening = accesses.open({
      account: { id },
      sirets: [one as never],
      by: "operator",
      within: () => Promise.reject(new Error("the power fails")),
    });
    await expect(opening).rejects.toThrow("the power fails");
    expect(await kept(sub)).toEqual([]);
    expect(await accesses.list({ accountId: id })).toEqual([]);
    await provider.openAccess(email, one);
    expect(await kept(sub)).toHaveLength(1);
  });

  it("come again, as the same message, while the address answers with an error or a redirect", async () => {
    const { email, sub } = await newAccount();
    listener.answer = { status: 302, headers: { location: listener.url("elsewhere") } };
    await provider.openAccess(email, one);
    const [first] = await waitForMessages(sub, "all", "access.opened");
    listener.answer = { status: 200 };
    const again = await waitFor(
      "another try",
      () =>
        messages(sub, "all", "access.opened").length > 1 && messages(sub, "all", "access.opened"),
      15,
    );
    expect(again[1]?.id).toBe(first?.id);
    expect(again[1]?.body).toEqual(first?.body);
    expect(listener.received.some(({ path }) => path === "/elsewhere")).toBe(false);
  });

  it("are tried again after any other refusal, 404 too: somebody may be mending it", async () => {
    const { email, sub } = await newAccount();
    listener.answer = { status: 404 };
    await provider.openAccess(email, one);
    await waitForMessages(sub, "all", "access.opened", 1);
    await provider.application.webhooks.idle();
    expect(await kept(sub)).toMatchObject([{ state: "waiting", last_error: "HTTP 404" }]);
    listener.answer = { status: 204 };
  });

  it("end at once when the address is gone (410), with an event", async () => {
    const { email, sub } = await newAccount();
    listener.answer = { status: 410 };
    await provider.openAccess(email, one);
    const event = await waitFor("the event", async () => {
      const { audit } = provider.application;
      return (await audit.page({ person: { sub }, name: "webhook-failed" }, { limit: 1 }))
        .entries[0];
    });
    expect(event).toMatchObject({
      reason: "refused-for-good",
      details: { webhook: "access.opened", error: "HTTP 410" },
    });
    expect(messages(sub, "all", "access.opened")).toHaveLength(1);
    expect(await kept(sub)).toMatchObject([{ state: "failed", encrypted_content: null }]);
  });

  it("are given up after the last try, with an event", async () => {
    const { email, sub } = await newAccount();
    listener.answer = { status: 503 };
    await provider.openAccess(email, one);
    await waitForMessages(sub, "all", "access.opened");
    const { application } = provider;
    await application.webhooks.idle();
    const waiting = { channel: "webhook", account_sub: sub };
    await application.database.knex("outbox").where(waiting).update({ attempts: 10, due_at: 0 });
    application.webhooks.wake();
    const event = await waitFor("the event", async () => {
      const page = await application.audit.page(
        { person: { sub }, name: "webhook-failed" },
        { limit: 1 },
      );
      return page.entries[0];
    });
    expect(event).toMatchObject({
      reason: "not-delivered",
      details: { webhook: "access.opened", error: "HTTP 503" },
    });
  });

  it("stand encrypted while they wait", async () => {
    const { email, sub } = await newAccount();
    listener.answer = { status: 503 };
    await provider.openAccess(email, one);
    await waitForMessages(sub, "all", "access.opened");
    const [row] = await kept(sub);
    expect(row).toMatchObject({ name: "access.opened", state: "waiting" });
    expect(JSON.stringify(row)).not.toMatch(/13002526500013|127\.0\.0\.1|whsec_/);
  });
});

describe.each(databases)("webhooks into private networks, on $name", (kind) => {
  it("are not sent unless PRIVATE_HOSTS names the host", async () => {
    const listener = await startListener();
    const provider = await startTestProvider(kind, {
      webhooks: [{ url: listener.url("all"), events: ["access.opened"], secret: webhookSecret }],
    });
    const { sub } = await provider.addAccount("prive@partenaire.test");
    await provider.openAccess("prive@partenaire.test", one);
    const { knex } = provider.application.database;
    const row = await waitFor("a refused try", async () => {
      const where = { channel: "webhook", account_sub: sub };
      return knex("outbox").where(where).whereNotNull("last_error").first<{ last_error: string }>();
    });
    expect(row.last_error).toBe("private-address");
    expect(listener.received).toEqual([]);
    await provider.stop();
    await listener.close();
  });
});

function bySiret(left: object, right: object): number {
  return (left as { siret: string }).siret < (right as { siret: string }).siret ? -1 : 1;
}
