import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { slowPost } from "../support/slow-post.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { receiver, receivingClient } from "./receiver.ts";

const [one, two] = sirets;

describe.each(databases)("a receiver that may no more, meanwhile, on $name", (kind) => {
  let provider: TestProvider;
  let party: ReturnType<typeof receiver>;
  let person: Person;
  let stream: unknown;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: receivingClient },
      environment: { SIGNALS: "on" },
    });
    person = await newPerson(provider, one);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    await login.signedIn();
  });
  beforeEach(async () => {
    await provider.application.clientRegistry.enable("portal", "operator");
    // What was issued until then is void.
    await pause(1100);
    party = receiver(provider);
    for (const { id } of await provider.application.signals.list())
      await provider.application.signals.remove(id, "operator");
    stream = (await party.create())["stream_id"];
  });
  afterAll(() => provider.stop());

  const disable = () => provider.application.clientRegistry.disable("portal", "operator");

  it("is told nothing by a poll that waited while its token was revoked", async () => {
    const token = await party.token("ssf.read");
    const path = `/signals/poll/${String(stream)}`;
    const poll = party.call("POST", path, { body: {}, authorization: `Bearer ${token}` });
    await pause(300);
    await provider.party("portal").revoke(token);
    await provider.openAccess(person.email, two);
    const answer = await poll;
    expect([answer.status, Object.keys(answer.body)]).toEqual([
      401,
      ["err", "description", "reference"],
    ]);
    // It waits for who may.
    expect(await party.tokens(stream)).toHaveLength(1);
    await provider.closeAccess(person.email, two);
  });

  it("changes nothing by a body that comes whole once its client is disabled", async () => {
    const bearer = `Bearer ${await party.token()}`;
    const id = { stream_id: stream };
    const push = { method: "urn:ietf:rfc:8935", endpoint_url: "https://elsewhere.test/events" };
    const left = { format: "email", email: person.email };
    const asked: readonly [path: string, body: object][] = [
      ["streams", { delivery: push }],
      ["status", { ...id, status: "paused" }],
      ["subjects/remove", { ...id, subject: left }],
      ["verification", id],
      [`poll/${String(stream)}`, { returnImmediately: true }],
    ];
    const sends = await Promise.all(
      asked.map(([path, body]) => slowPost(`${provider.issuer}/signals/${path}`, bearer, body)),
    );
    expect((await disable()).accepted).toBe(true);
    const statuses = await Promise.all(sends.map(async (send) => (await send()).status));
    expect(statuses).toEqual(asked.map(() => 401));
    const streams = await provider.application.signals.list();
    expect(streams.map(({ delivery }) => delivery)).not.toContain("push");
    expect(await provider.application.signals.find(String(stream))).toMatchObject({
      status: "enabled",
      waiting: 0,
    });
  });
});
