import { createServer } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { nameOf, receiver, receivingClient, saidBy, startPushListener } from "./receiver.ts";

const [one, two, three] = sirets;

describe.each(databases)("what is pushed and polled, on $name", (kind) => {
  let provider: TestProvider;
  let listener: Awaited<ReturnType<typeof startPushListener>>;
  let party: ReturnType<typeof receiver>;
  let other: ReturnType<typeof receiver>;
  let person: Person;

  beforeAll(async () => {
    listener = await startPushListener();
    provider = await startTestProvider(kind, {
      clients: {
        portal: receivingClient,
        other: receivingClient,
        third: { ...receivingClient, first_party: false },
      },
      // Loopback by its name: 127.0.0.1 itself is a private address that nobody named.
      environment: { SIGNALS: "on", PRIVATE_HOSTS: "localhost" },
    });
    party = receiver(provider);
    other = receiver(provider, "other");
    person = await newPerson(provider, one);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    await login.signedIn();
  });
  beforeEach(() => {
    Object.assign(listener.answer, { status: 202, body: "" });
    listener.received.length = 0;
  });
  afterEach(async () => {
    for (const each of [party, other])
      for (const { stream_id: id } of await each.list())
        await each.call("DELETE", `/signals/streams?stream_id=${String(id)}`);
    await provider.closeAccess(person.email, two, three);
  });
  afterAll(async () => {
    await provider.stop();
    await listener.close();
  });

  const pushUrl = () => listener.url.replace("127.0.0.1", "localhost");
  const push = (url = pushUrl()) => ({
    delivery: { method: "urn:ietf:rfc:8935", endpoint_url: url },
  });
  const tries = (count: number) =>
    waitFor(`${count} pushes`, () => listener.received.length >= count, 60);
  const retry = () => provider.application.waiting.retry({ kind: "signal" }, { actor: "operator" });
  const setStatus = (id: unknown, status: string) =>
    party.call("POST", "/signals/status", { body: { stream_id: id, status } });
  const waiting = async (id: unknown) =>
    (await provider.application.signals.find(String(id)))?.waiting;
  const failure = async () =>
    (await provider.application.audit.page({ name: "signal-failed" }, { limit: 1 })).entries[0];
  const verify = (each: typeof party, id: unknown) =>
    each.call("POST", "/signals/verification", { body: { stream_id: id } });

  it("a push that fails is tried again by the same jti, and what is about one person keeps its order", async () => {
    const { stream_id: id } = await party.create(push());
    Object.assign(listener.answer, { status: 500 });
    await provider.openAccess(person.email, two);
    await tries(1);
    await provider.closeAccess(person.email, two);
    await waitFor("both to wait", async () => (await waiting(id)) === 2);
    Object.assign(listener.answer, { status: 202 });
    await waitFor("all to be pushed", async () => {
      await retry();
      return (await waiting(id)) === 0;
    });
    const told = listener.received.map(({ token }) => token);
    const [first] = told;
    const changes = [...new Map(told.map((token) => [token.jti, token])).values()];
    expect(told.filter(({ jti }) => jti === first?.jti).length).toBeGreaterThan(1);
    expect(changes.map(({ events }) => Object.values(events)[0]?.["claims"])).toEqual([
      { establishments: { opened: [two] } },
      { establishments: { closed: [two] } },
    ]);
  }, 90_000);

  it.each([
    [400, { err: "invalid_audience", description: "not ours" }, 0],
    [400, { err: "invalid_request" }, 0],
    [400, { err: "invalid_key" }, 1],
    [400, { err: "authentication_failed" }, 1],
    [400, "not JSON", 1],
    [401, { err: "invalid_audience" }, 1],
  ])(
    "a push answered by %i %j leaves %i to wait",
    async (status, body, left) => {
      const { stream_id: id } = await party.create(push());
      const before = await failure();
      const text = typeof body === "string" ? body : JSON.stringify(body);
      Object.assign(listener.answer, { status, body: text });
      await provider.openAccess(person.email, two);
      await tries(1);
      if (left === 1) {
        await retry();
        await tries(2);
      }
      await waitFor("it to be judged", async () => (await waiting(id)) === left);
      if (left === 1) {
        expect(await failure()).toEqual(before);
        return;
      }
      const told = async () => {
        const last = await failure();
        return last?.seq !== before?.seq && last;
      };
      expect((await waitFor("the audit", told)).details).toMatchObject({
        signal: "token-claims-change",
      });
    },
    90_000,
  );

  it("a private address that nobody named is never pushed to", async () => {
    const { stream_id: named } = await party.create(push());
    const { stream_id: unnamed } = await party.create(push(listener.url));
    await provider.openAccess(person.email, two);
    await tries(1);
    await waitFor("the named one", async () => (await waiting(named)) === 0);
    const entry = () =>
      provider.application.database
        .knex("outbox")
        .where({ channel: "signal", state: "waiting" })
        .whereNotNull("last_error")
        .pluck<string[]>("last_error")
        .then(([error]) => error);
    await waitFor("the refusal", entry, 60);
    expect([listener.received.length, await waiting(unnamed)]).toEqual([1, 1]);
  }, 90_000);

  it("a receiver that hangs holds up no other", async () => {
    const hung = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((resolve) => hung.listen(port, "localhost", resolve));
    const login = await provider.party("other").login(person.browser);
    await login.signedIn();
    const hanging = `http://localhost:${port}/`;
    const ids = [await other.create(push(hanging)), await other.create(push(hanging))];
    const { stream_id: id } = await party.create(push());
    for (const siret of [two, three]) await provider.openAccess(person.email, siret);
    await waitFor("the one that answers", async () => (await waiting(id)) === 0, 14);
    for (const { stream_id: stuck } of ids) expect(await waiting(stuck)).toBe(2);
    hung.closeAllConnections();
    hung.close();
  }, 90_000);

  it("a poll waits until something comes; a third one of the same stream is answered at once", async () => {
    const { stream_id: id } = await party.create();
    // Which of them come first is the network's: two find a place, one does not.
    const polls = [1, 2, 3].map(() => party.poll(id, {}));
    const answers: Awaited<(typeof polls)[number]>[] = [];
    for (const poll of polls) void poll.then((answer) => answers.push(answer));
    await waitFor("one to be answered", () => answers.length > 0);
    expect(answers.map(({ body }) => body["sets"])).toEqual([{}]);
    await provider.openAccess(person.email, two);
    const jtis = (await Promise.all(polls))
      .filter((answer) => answer !== answers[0])
      .map(({ body }) => Object.keys(body["sets"] as object));
    expect(jtis).toHaveLength(2);
    expect(jtis[0]).toHaveLength(1);
    expect(jtis[1]).toEqual(jtis[0]);
  }, 90_000);

  it("what is paused holds its events in order, what is disabled holds none and drops what waited", async () => {
    const { stream_id: id } = await party.create(push());
    await setStatus(id, "paused");
    await provider.openAccess(person.email, two);
    await provider.closeAccess(person.email, two);
    await turn();
    await provider.openAccess(person.email, three);
    expect([listener.received.length, await waiting(id)]).toEqual([0, 3]);
    await setStatus(id, "enabled");
    await tries(3);
    await waitFor("all to be sent", async () => (await waiting(id)) === 0);
    // Each once, though nothing says to the outbox that all are about one person.
    expect(listener.received.map(({ token }) => saidBy(token)["claims"])).toEqual([
      { establishments: { opened: [two] } },
      { establishments: { closed: [two] } },
      { establishments: { opened: [three] } },
    ]);
    await provider.closeAccess(person.email, three);
    await tries(4);
    await setStatus(id, "paused");
    await provider.openAccess(person.email, two);
    await setStatus(id, "disabled");
    await provider.openAccess(person.email, three);
    await setStatus(id, "enabled");
    expect(await waiting(id)).toBe(0);
    await provider.closeAccess(person.email, three);
    await tries(5);
    expect(listener.received).toHaveLength(5);
  }, 90_000);

  it("five streams a client, and no sixth", async () => {
    const answers = await Promise.all(
      Array.from({ length: 7 }, () => party.call("POST", "/signals/streams", { body: {} })),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 409, 409]);
  });

  it("what waits for a week is dropped, and a stream for which too much waits is disabled and says so", async () => {
    const { stream_id: id } = await party.create();
    const { knex } = provider.application.database;
    const now = Math.floor(Date.now() / 1000);
    await provider.openAccess(person.email, two);
    await knex("signal_events")
      .where({ stream_id: id })
      .update({ created_at: now - 7 * 86_400 - 1 });
    await provider.openAccess(person.email, three);
    await provider.application.purge({ allow: new Set(["jump", "signalEvents"]) });
    expect(await waiting(id)).toBe(1);
    const row = (number: number) => ({
      ...{ id: `filler-${number}`, stream_id: id, subject_mark: "m", name: "session-revoked" },
      ...{ sequence: number, encrypted_event: "sealed", created_at: now },
    });
    for (let from = 0; from < 20_000; from += 100)
      await knex("signal_events").insert(Array.from({ length: 100 }, (_, at) => row(from + at)));
    await provider.application.purge({ allow: new Set(["jump", "signalStreams"]) });
    expect((await party.call("GET", `/signals/status?stream_id=${String(id)}`)).body).toEqual({
      ...{ stream_id: id, status: "disabled", reason: "too much waits" },
    });
    expect((await party.tokens(id)).map(nameOf)).toEqual(["stream-updated"]);
  }, 90_000);

  it("what waits for longer than its tries is pushed again, and only where nothing tries it still", async () => {
    const { stream_id: id } = await party.create(push());
    Object.assign(listener.answer, { status: 500 });
    await provider.openAccess(person.email, two);
    await tries(1);
    const { application } = provider;
    const { knex } = application.database;
    const before = Math.floor(Date.now() / 1000) - 31 * 3600;
    await knex("signal_events").where({ stream_id: id }).update({ created_at: before });
    const pushes = async () => {
      await application
        .jobs()
        .find(({ name }) => name === "retry-signals")
        ?.run(new AbortController().signal);
      const found = { states: ["waiting"], destination: `stream ${String(id)}` } as const;
      return (await application.waiting.list(found, { limit: 9 })).length;
    };
    expect(await pushes()).toBe(1);
    await application.waiting.drop({ destination: `stream ${String(id)}` }, { actor: "operator" });
    await waitFor("it to be pushed again", async () => (await pushes()) === 1);
  }, 90_000);

  it("a stream that is pushed says so, too, when it is disabled for too much waits", async () => {
    const { stream_id: id } = await party.create(push());
    const { knex } = provider.application.database;
    const row = (number: number) => ({
      ...{ id: `pushed-${number}`, stream_id: id, subject_mark: "m", name: "session-revoked" },
      ...{ sequence: number, encrypted_event: "sealed", created_at: Math.floor(Date.now() / 1000) },
    });
    for (let from = 0; from < 20_100; from += 300)
      await knex("signal_events").insert(Array.from({ length: 300 }, (_, at) => row(from + at)));
    await provider.application.purge({ allow: new Set(["jump"]) });
    await tries(1);
    expect(listener.received.map(({ token }) => [nameOf(token), saidBy(token)["status"]])).toEqual([
      ["stream-updated", "disabled"],
    ]);
    await waitFor("it to be taken", async () => (await waiting(id)) === 0);
  }, 90_000);

  it("a client that is disabled for a while keeps its streams, and what waits for it", async () => {
    const { stream_id: id } = await party.create();
    await provider.openAccess(person.email, two);
    const { clientRegistry } = provider.application;
    await clientRegistry.disable("portal", "operator");
    await provider.application.purge({ allow: new Set(["jump"]) });
    await clientRegistry.enable("portal", "operator");
    // Within one second it is served from the next one on.
    await waitFor("the client to be served", async () => {
      party = receiver(provider);
      return (await party.poll(id)).status === 200;
    });
    expect((await party.tokens(id)).map(nameOf)).toEqual(["token-claims-change"]);
  });

  it("a verification is too early after another, and not after one that a clock ahead has noted", async () => {
    const { stream_id: id } = await party.create();
    expect((await verify(party, id)).status).toBe(204);
    expect((await verify(party, id)).status).toBe(429);
    const ahead = Math.floor(Date.now() / 1000) + 7200;
    await provider.application.database.knex("signal_streams").update({ verified_at: ahead });
    expect((await verify(party, id)).status).toBe(204);
  });

  it("another client's stream is unknown everywhere, and a token that was revoked opens nothing", async () => {
    const { stream_id: id } = await party.create();
    const body = { stream_id: id };
    const subject = { format: "iss_sub", iss: provider.issuer, sub: person.sub };
    const query = `stream_id=${String(id)}`;
    const asks: readonly (readonly [string, string, object?])[] = [
      ["GET", `/signals/streams?${query}`],
      ["PATCH", "/signals/streams", body],
      ["PUT", "/signals/streams", body],
      ["DELETE", `/signals/streams?${query}`],
      ["GET", `/signals/status?${query}`],
      ["POST", "/signals/status", { ...body, status: "disabled" }],
      ["POST", "/signals/subjects/add", { ...body, subject }],
      ["POST", "/signals/subjects/remove", { ...body, subject }],
      ["POST", "/signals/verification", body],
      ["POST", `/signals/poll/${String(id)}`, { returnImmediately: true }],
    ];
    for (const [method, path, sent] of asks) {
      const answer = await other.call(method, path, sent && { body: sent });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
    const token = await party.token();
    const authorization = `Bearer ${token}`;
    expect((await party.call("GET", "/signals/streams", { authorization })).status).toBe(200);
    await provider.party("portal").revoke(token);
    for (const [method, path, sent] of asks) {
      const answer = await party.call(method, path, { authorization, ...(sent && { body: sent }) });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
    expect(await verify(party, id)).toMatchObject({ status: 204 });
  });

  it("while the register only reads what waits is polled, and what would write is told to come later", async () => {
    const { stream_id: id } = await party.create();
    await verify(party, id);
    const { maintenance, database } = provider.application;
    await maintenance.begin(database, Math.floor(Date.now() / 1000) + 3600);
    const [token] = await party.tokens(id);
    const ack = { ack: [token?.jti], maxEvents: 0 };
    expect(token && nameOf(token)).toBe("verification");
    expect((await party.call("GET", `/signals/streams?stream_id=${String(id)}`)).status).toBe(200);
    for (const answer of [
      await party.poll(id, ack),
      await party.call("POST", "/signals/streams", { body: {} }),
      await setStatus(id, "paused"),
    ])
      expect(answer).toMatchObject({ status: 503, body: { err: "unavailable" } });
    await maintenance.end(database);
    expect((await party.poll(id, ack)).status).toBe(200);
    expect(await party.tokens(id)).toEqual([]);
  });

  it("a consent to absence is heard after the sign-out too, a grant of a first-party client is not", async () => {
    const third = receiver(provider, "third");
    const { stream_id: id } = await third.create();
    const { stream_id: first } = await party.create();
    const absent = await newPerson(provider, one);
    const scope = "openid establishments offline_access";
    for (const clientId of ["portal", "third"]) {
      const prompt = clientId === "third" ? "consent" : undefined;
      const login = await provider
        .party(clientId)
        .login(absent.browser, { scope, ...(prompt && { prompt }) });
      if (absent.browser.page.h1 === "Connexion") await absent.signIn();
      if (clientId === "third") await absent.browser.submit("Autoriser");
      await login.signedIn();
    }
    await absent.browser.open(`${provider.issuer}/sign-out`);
    await absent.browser.submit("Se déconnecter");
    for (const [each, stream] of [
      [third, id],
      [party, first],
    ] as const)
      expect((await each.tokens(stream)).map(nameOf)).toEqual(["session-revoked"]);
    await provider.openAccess(absent.email, two);
    expect((await third.tokens(id)).map(nameOf)).toEqual([
      ...["session-revoked", "token-claims-change"],
    ]);
    expect((await party.tokens(first)).map(nameOf)).toEqual(["session-revoked"]);
    await third.call("DELETE", `/signals/streams?stream_id=${String(id)}`);
  });
});
