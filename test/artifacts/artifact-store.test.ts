import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ArtifactStore } from "../../src/artifacts/index.ts";
import { artifactModels } from "../../src/artifacts/artifact-store.ts";
import { artifactStores } from "./artifact-stores.ts";
import type { ArtifactsDatabase } from "./artifacts-database.ts";

describe.each(artifactStores)("the artifact store on $name", (kind) => {
  let database: ArtifactsDatabase;
  let store: ArtifactStore;
  let otherNode: ArtifactStore;
  let serial = 0;
  let id = "";

  beforeAll(async () => {
    database = await kind.create();
    store = await database.open();
    otherNode = await database.open();
  });
  beforeEach(() => {
    id = `identifier-${++serial}`;
  });
  afterAll(() => database.drop());

  const eitherNode = (index: number) => (index % 2 === 0 ? store : otherNode);

  it("finds what was put, with its expiry", async () => {
    const payload = { kind: "AccessToken", extra: { list: [1, null, "é"] } };
    await expect(store.put("AccessToken", id, { payload }, 60)).resolves.toBe(true);
    await expect(store.find("AccessToken", id)).resolves.toEqual({
      payload,
      consumedAt: undefined,
      expiresAt: database.clock.now + 60,
      expired: false,
    });
    await expect(store.find("AccessToken", `${id}?`)).resolves.toBeUndefined();
  });

  it("keeps an artifact for ever when it has no expiry", async () => {
    await store.put("PushedAuthorizationRequest", id, { payload: {} }, undefined);
    expect(await store.find("PushedAuthorizationRequest", id)).toMatchObject({
      expiresAt: undefined,
      expired: false,
    });
  });

  it("gives a fresh payload at each find", async () => {
    await store.put("Session", id, { payload: { list: [] } }, 60);
    Object.assign((await store.find("Session", id))?.payload ?? {}, { list: "changed" });
    expect((await store.find("Session", id))?.payload).toEqual({ list: [] });
  });

  it("calls it expired at the second of its expiry, and not one before", async () => {
    const start = database.clock.now;
    await store.put("AccessToken", id, { payload: {} }, 60);
    database.clock.now = start + 59;
    expect((await store.find("AccessToken", id))?.expired).toBe(false);
    database.clock.now = start + 60;
    expect((await store.find("AccessToken", id))?.expired).toBe(true);
  });

  it("replaces payload, columns and expiry, and keeps that it was consumed", async () => {
    await store.put("RefreshToken", id, { payload: { round: 1 }, uid: `${id}-A` }, 60);
    await store.consume("RefreshToken", id);
    await store.put("RefreshToken", id, { payload: { round: 2 }, uid: `${id}-B` }, 90);
    await expect(store.findByUid("RefreshToken", `${id}-A`)).resolves.toBeUndefined();
    await expect(store.findByUid("RefreshToken", `${id}-B`)).resolves.toEqual({
      payload: { round: 2 },
      consumedAt: database.clock.now,
      expiresAt: database.clock.now + 90,
      expired: false,
    });
  });

  it("lists the sessions of a person, each once as it was saved last, the longest first", async () => {
    const put = (name: string, uid: string, expiresInSeconds: number, accountId = id) =>
      store.put("Session", name, { payload: { name }, uid, accountId }, expiresInSeconds);
    await put(`${id}-old`, `${id}-one`, 60);
    await put(`${id}-new`, `${id}-one`, 61);
    await put(`${id}-other`, `${id}-two`, 90);
    await put(`${id}-ended`, `${id}-three`, 90);
    await put(`${id}-strange`, `${id}-four`, 90, `${id}-stranger`);
    await store.put("Interaction", `${id}-page`, { payload: {}, accountId: id }, 90);
    await store.remove("Session", `${id}-ended`);
    await expect(otherNode.sessionsOf(id)).resolves.toEqual([
      { name: `${id}-other` },
      { name: `${id}-new` },
    ]);
  });

  it("lists no session from the second of its expiry, and still one before", async () => {
    const start = database.clock.now;
    await store.put("Session", id, { payload: {}, uid: id, accountId: id }, 60);
    database.clock.now = start + 59;
    await expect(store.sessionsOf(id)).resolves.toHaveLength(1);
    database.clock.now = start + 60;
    await expect(store.sessionsOf(id)).resolves.toEqual([]);
  });

  it("finds a session by its uid, the one saved last when its id just changed", async () => {
    await store.put("Session", `${id}-old`, { payload: { saved: "first" }, uid: id }, 60);
    await store.put("Session", `${id}-new`, { payload: { saved: "last" }, uid: id }, 61);
    expect((await store.findByUid("Session", id))?.payload).toEqual({ saved: "last" });
    await expect(store.findByUid("Session", `${id}-new`)).resolves.toBeUndefined();
  });

  it("never finds, consumes or removes an artifact of one model as another", async () => {
    const subset = fc.subarray([...artifactModels], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(subset, fc.uuid(), async (models, shared) => {
        for (const model of models) {
          const artifact = { payload: { model }, uid: shared };
          await store.put(model, shared, artifact, 60);
        }
        const [first = "Session", ...others] = models;
        await store.consume(first, shared);
        for (const model of artifactModels) {
          const expected = models.includes(model) ? { model } : undefined;
          const found = await store.find(model, shared);
          expect(found?.payload).toEqual(expected);
          expect(found?.consumedAt !== undefined).toBe(model === first);
          expect((await store.findByUid(model, shared))?.payload).toEqual(expected);
        }
        await store.remove(first, shared);
        await expect(store.find(first, shared)).resolves.toBeUndefined();
        for (const model of others) {
          expect((await store.find(model, shared))?.payload).toEqual({ model });
        }
      }),
      { numRuns: 20 },
    );
  });

  it("keeps each pair of models apart, whatever is asked of the one under the other's identifier", async () => {
    const pairs = artifactModels.flatMap((model) =>
      artifactModels.filter((other) => other !== model).map((other) => [model, other] as const),
    );
    expect(pairs).toHaveLength(artifactModels.length * (artifactModels.length - 1));
    for (const [model, other] of pairs) {
      const shared = `${id}-${model}-${other}`;
      await store.put(model, shared, { payload: { model }, uid: shared }, 60);
      const found = [
        await store.find(other, shared),
        await store.findByUid(other, shared),
        await store.consume(other, shared),
      ];
      await store.remove(other, shared);
      expect([model, other, ...found]).toEqual([model, other, undefined, undefined, false]);
      expect(await store.find(model, shared)).toMatchObject({
        payload: { model },
        consumedAt: undefined,
      });
    }
  });

  it("lets one of fifty parallel consumes on two nodes succeed", async () => {
    await store.put("AuthorizationCode", id, { payload: {} }, 60);
    const consumes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => eitherNode(index).consume("AuthorizationCode", id)),
    );
    expect(consumes.filter(Boolean)).toHaveLength(1);
    expect((await store.find("AuthorizationCode", id))?.consumedAt).toBe(database.clock.now);
  });

  it("consumes nothing where there is nothing", async () => {
    await expect(store.consume("AuthorizationCode", id)).resolves.toBe(false);
  });

  it("lets one of fifty parallel consumes by uid take what is not used yet, on two nodes", async () => {
    const payload = {};
    await store.put("RefreshToken", `${id} used`, { payload, uid: id }, 60);
    await store.consume("RefreshToken", `${id} used`);
    await store.put("RefreshToken", `${id} living`, { payload, uid: id }, 60);
    await store.put("Session", `${id} other`, { payload, uid: id }, 60);
    database.clock.now += 1;
    const consumes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => eitherNode(index).consumeByUid("RefreshToken", id)),
    );
    expect(consumes.filter(Boolean)).toHaveLength(1);
    const consumed = async (name: "used" | "living") =>
      (await store.find("RefreshToken", `${id} ${name}`))?.consumedAt;
    expect(await consumed("living")).toBe(database.clock.now);
    expect(await consumed("used")).toBe(database.clock.now - 1);
    expect((await store.find("Session", `${id} other`))?.consumedAt).toBeUndefined();
    await expect(store.consumeByUid("RefreshToken", "nothing")).resolves.toBe(false);
  });

  it("lets one of fifty parallel marks on two nodes stand", async () => {
    const marks = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        eitherNode(index).insertOnce("ReplayDetection", id, 60),
      ),
    );
    expect(marks.filter(Boolean)).toHaveLength(1);
  });

  it("holds a mark until the second of its expiry, swept or not", async () => {
    const start = database.clock.now;
    await store.insertOnce("ReplayDetection", id, 60);
    database.clock.now = start + 59;
    await expect(store.insertOnce("ReplayDetection", id, 60)).resolves.toBe(false);
    database.clock.now = start + 60;
    await expect(store.insertOnce("ReplayDetection", id, 60)).resolves.toBe(true);
    await expect(store.insertOnce("ReplayDetection", id, 60)).resolves.toBe(false);
  });

  it("keeps NUL and lone surrogates in what people typed", async () => {
    const payload = { typed: "a\u0000b", half: "\ud800", other: "\udfff\ud83d" };
    await store.put("Interaction", `${id}\u0000`, { payload }, 60);
    expect((await store.find("Interaction", `${id}\u0000`))?.payload).toEqual(payload);
  });

  it("survives being closed and opened again", async () => {
    const node = await database.open();
    await node.put("Grant", id, { payload: { kept: true } }, 60);
    const frozen = { accountId: "account", clientId: "client", siret: "73282932000074" };
    await node.freezeEstablishment(id, frozen, 60);
    await node.close();
    await node.close();
    await expect(node.find("Grant", id)).rejects.toThrow();
    const reopened = await database.open();
    expect((await reopened.find("Grant", id))?.payload).toEqual({ kept: true });
    await expect(reopened.frozenEstablishment(id)).resolves.toEqual({
      ...frozen,
      outlivesSession: true,
    });
  });

  it("shows a node at once what another wrote", async () => {
    await store.put("Session", id, { payload: { by: "one" }, uid: id }, 60);
    expect((await otherNode.find("Session", id))?.payload).toEqual({ by: "one" });
    await otherNode.put("Session", id, { payload: { by: "the other" }, uid: id }, 60);
    expect((await store.findByUid("Session", id))?.payload).toEqual({ by: "the other" });
  });

  it("counts each person once who has granted something to a client that lives", async () => {
    const client = `client-${id}`;
    const all = await store.peopleOf();
    const freeze = (grant: string, accountId: string, clientId: string, seconds: number) => {
      const frozen = { accountId, clientId, siret: undefined, sessionUid: undefined };
      return store.freezeEstablishment(`${id}-${grant}`, frozen, seconds);
    };
    await freeze("a", `${id}-one`, client, 60);
    await freeze("b", `${id}-one`, client, 60);
    await freeze("c", `${id}-two`, client, 60);
    await freeze("d", `${id}-three`, client, 0);
    await freeze("e", `${id}-four`, `${client}-other`, 60);
    expect([await store.peopleOf(client), (await store.peopleOf()) - all]).toEqual([2, 3]);
  });

  it("stores no identifier in clear", async () => {
    const secrets = ["id", "grant", "uid", "session", "mark"].map((name) => `clear-${name}-${id}`);
    const [key = "", grantId = "", uid, sessionUid, mark = ""] = secrets;
    const owner = { accountId: "account-in-clear", clientId: "client" };
    await store.put("Grant", grantId, { payload: {}, ...owner }, 60);
    await store.put("RefreshToken", key, { payload: {}, grantId, uid }, 60);
    await store.freezeEstablishment(grantId, { ...owner, siret: undefined, sessionUid }, 60);
    await store.insertOnce("ReplayDetection", mark, 60);
    const bytes = await database.stored();
    expect(bytes).toContain("account-in-clear");
    for (const secret of secrets) expect(bytes).not.toContain(secret);
  });
});
