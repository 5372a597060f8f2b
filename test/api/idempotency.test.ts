import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Idempotency, createIdempotency } from "../../src/api/idempotency.ts";
import { mailsTo } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient, problemCode, startApiProvider } from "./api-client.ts";

const [one, two] = ["13002526500013", "35600000009075"] as const;

describe.each(databases)("Idempotency-Key on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;
  let count = 0;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    crm = await apiClient(provider);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const newEmail = async () => {
    const email = `cle.${(count += 1)}@partenaire.test`;
    await provider.addAccount(email);
    return email;
  };
  const key = (value: string) => ({ "idempotency-key": value });
  const countOf = async (email: string) =>
    ((await crm.get(`/accesses?email=${email}`)).body["items"] as object[]).length;

  it("gives the same key and body the same answer, and changes nothing again", async () => {
    const email = await newEmail();
    const body = { email, sirets: [one], reason: "deux fois" };
    const first = await crm.post("/accesses", body, key('"a-key"'));
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    await provider.closeAccess(email, one);
    const again = await crm.post("/accesses", body, key("a-key"));
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await countOf(email)).toBe(1);
  });

  it.each(["", '""', "a b", 'a"b', "a".repeat(256)])(
    "refuses what is no key: %j",
    async (value) => {
      const email = await newEmail();
      const body = { email, sirets: [one], reason: "sans clé" };
      const answer = await crm.post("/accesses", body, key(value));
      expect([answer.status, problemCode(answer)]).toEqual([400, "parameters-invalid"]);
      expect(await countOf(email)).toBe(0);
    },
  );

  it("opens once when fifty send one key at the same moment", async () => {
    const email = await newEmail();
    const body = { email, sirets: [one, two], reason: "cinquante" };
    const send = () => crm.post("/accesses", body, key("fifty"));
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    const opened = answers.filter(({ status }) => status === 201);
    expect(opened.length).toBeGreaterThan(0);
    expect(new Set(opened.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    const first = opened.filter(({ headers }) => !headers.has("idempotency-replayed"));
    expect(first).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, problemCode(answer)]).toEqual([409, "request-under-way"]);
    }
    expect(await countOf(email)).toBe(2);
    expect(await mailsTo(provider, email)).toHaveLength(1);
    expect((await crm.post("/accesses", body, key("fifty"))).body).toEqual(opened[0]?.body);
  });

  it("refuses the same key with another body, or for another act", async () => {
    const email = await newEmail();
    const body = { email, sirets: [one], reason: "autre" };
    const { body: opened } = await crm.post("/accesses", body, key("other"));
    const other = await crm.post("/accesses", { ...body, sirets: [two] }, key("other"));
    expect([other.status, problemCode(other)]).toEqual([422, "key-used-otherwise"]);
    const [{ id }] = opened["opened"] as [{ id: number }];
    const act = await crm.post(`/accesses/${id}/close`, { reason: "autre" }, key("other"));
    expect(problemCode(act)).toBe("key-used-otherwise");
    expect(await countOf(email)).toBe(1);
  });

  it("works for closing too", async () => {
    const email = await newEmail();
    const { body } = await crm.post("/accesses", { email, sirets: [one], reason: "x" });
    const [{ id }] = body["opened"] as [{ id: number }];
    const close = () => crm.post(`/accesses/${id}/close`, { reason: "fin" }, key("close"));
    const first = await close();
    expect([first.status, (await close()).body]).toEqual([200, first.body]);
  });

  it("keeps nothing of a refusal: mended, it may be sent under the same key", async () => {
    const email = `plus-tard.${(count += 1)}@partenaire.test`;
    const body = { email, sirets: [one], reason: "plus tard" };
    expect((await crm.post("/accesses", body, key("later"))).status).toBe(404);
    await provider.addAccount(email);
    expect((await crm.post("/accesses", body, key("later"))).status).toBe(201);
  });

  it("is each client's own", async () => {
    const email = await newEmail();
    const body = { email, sirets: [one], reason: "à soi" };
    const content = `openAccesses /api/v1/accesses\n${JSON.stringify(body)}`;
    await crm.post("/accesses", body, key("own"));
    const { idempotency } = provider.application;
    const work = () => Promise.resolve({ status: 200, body: { done: "again" } });
    const other = await idempotency.once({ clientId: "other", key: "own", content }, work);
    expect(other.body).toEqual({ done: "again" });
  });

  it("keeps an answer 24 hours, to the second, and then forgets it", async () => {
    const { clock } = provider.application;
    const start = clock.epochSeconds() + 10;
    let works = 0;
    const ask = () =>
      provider.application.idempotency.once(
        { clientId: "crm", key: "day", content: "the same" },
        async (keep) => {
          const answer = { status: 200, body: { works: (works += 1) } };
          await provider.application.database.transaction((transaction) =>
            keep(transaction, answer),
          );
          return answer;
        },
      );
    fakeDate(start * 1000);
    await ask();
    fakeDate((start + 86_399) * 1000);
    await provider.application.idempotency.purge();
    expect((await ask()).body).toEqual({ works: 1 });
    fakeDate((start + 86_400) * 1000);
    expect((await ask()).body).toEqual({ works: 2 });
    fakeDate((start + 2 * 86_400) * 1000);
    expect(await provider.application.idempotency.purge()).toBeGreaterThan(0);
  });

  it("frees the key of a request that died after a minute, and lets the dead one write no more", async () => {
    const { clock, database, random, encryption } = provider.application;
    const start = clock.epochSeconds() + 10;
    const parts = { database, clock, random, encryption };
    const [node, otherNode]: Idempotency[] = [createIdempotency(parts), createIdempotency(parts)];
    const request = { clientId: "crm", key: "dead", content: "the same" };
    const answer = { status: 201, body: { by: "the second" } };
    fakeDate(start * 1000);
    const asleep = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const first = node?.once(request, async (keep) => {
      begun.resolve(undefined);
      await asleep.promise;
      const late = { status: 201, body: { by: "the first" } };
      await database.transaction((transaction) => keep(transaction, late));
      return late;
    });
    const failed = expect(first).rejects.toMatchObject({ code: "request-under-way", status: 409 });
    await begun.promise;
    const second = () =>
      otherNode?.once(request, async (keep) => {
        await database.transaction((transaction) => keep(transaction, answer));
        return answer;
      });
    fakeDate((start + 59) * 1000);
    expect((await second())?.status).toBe(409);
    fakeDate((start + 60) * 1000);
    expect(await second()).toEqual(answer);
    asleep.resolve(undefined);
    await failed;
    expect((await second())?.body).toEqual(answer.body);
  });

  it("keeps no key, address or answer in clear", async () => {
    const email = await newEmail();
    await crm.post("/accesses", { email, sirets: [one], reason: "secret" }, key("key-in-clear"));
    const rows = await provider.application.database.knex("idempotency_keys");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toMatch(/key-in-clear|partenaire\.test|13002526500013/);
  });

  it("refuses a key that is none", async () => {
    for (const value of ["with a space", "é".normalize("NFC"), "x".repeat(256), '""']) {
      const answer = await crm.post("/accesses", await right(), key(value));
      expect([value, answer.status, problemCode(answer)]).toEqual([
        value,
        400,
        "parameters-invalid",
      ]);
    }
  });
  const right = async () => ({ email: await newEmail(), sirets: [one], reason: "clé" });
});
