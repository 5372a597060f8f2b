import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import { redisScripts } from "../../src/artifacts/redis-scripts.ts";
import { digest } from "../../src/foundation/index.ts";
import { describeRedis } from "../support/describe-redis.ts";
import { type RedisNode, type TestRedis, startRedis } from "../support/redis-servers.ts";
import { type TestClock, standingClock } from "./artifacts-database.ts";

const minute = 60;

describeRedis("the artifacts in a Redis", () => {
  let redis: TestRedis & { readonly node: RedisNode };
  let store: ArtifactStore;
  let clock: TestClock;
  let serial = 0;
  let id = "";

  beforeAll(async () => {
    redis = await startRedis();
    clock = standingClock();
    store = await openArtifactStore(redis.url, clock);
  });
  beforeEach(async () => {
    id = `identifier-${++serial}`;
    await redis.node.ask((each) => each.flushall());
  });
  afterAll(async () => {
    await store.close();
    await redis.remove();
  });

  /** How many seconds each key lives still, by its name up to the colon; -1: for ever. */
  const lives = () =>
    redis.node.ask(async (each) => {
      const keys = await each.keys("*");
      const seconds = await Promise.all(keys.map((key) => each.ttl(key)));
      return Object.fromEntries(
        keys.map((key, index) => [key.split(":")[0] ?? "", seconds[index] ?? 0] as const),
      );
    });
  const openGrant = async (sessionUid?: string) => {
    const owner = { accountId: `person-${id}`, clientId: "portal" };
    await store.put("Grant", id, { payload: {}, ...owner }, 600);
    await store.freezeEstablishment(id, { ...owner, siret: undefined, sessionUid }, 600);
    await store.put("RefreshToken", `${id}-token`, { payload: {}, ...owner, grantId: id }, 600);
  };

  it("all expire by themselves, a minute after they ended, and so do the indexes", async () => {
    await openGrant("a session");
    await store.put("Session", id, { payload: {}, uid: id, accountId: id }, 600);
    await store.insertOnce("ReplayDetection", id, 600);
    const seconds = await lives();
    expect(Object.keys(seconds).sort()).toEqual(
      [
        ...["Grant", "RefreshToken", "ReplayDetection", "Session", "account"],
        ...["frozen", "people", "session", "uid"],
      ].sort(),
    );
    for (const each of Object.values(seconds)) {
      expect(each).toBeGreaterThan(600);
      expect(each).toBeLessThanOrEqual(600 + minute);
    }
  });

  it("keep their end when they are consumed, and for ever what has none", async () => {
    await store.put("RefreshToken", id, { payload: {} }, 600);
    await store.consume("RefreshToken", id);
    await store.put("PushedAuthorizationRequest", id, { payload: {}, accountId: "one" }, undefined);
    const { RefreshToken: consumed = 0, ...others } = await lives();
    expect(consumed).toBeGreaterThan(600);
    expect(others).toEqual({ PushedAuthorizationRequest: -1, account: -1 });
  });

  it("leave an empty mark of what was removed, for ten minutes", async () => {
    await openGrant();
    await store.removeGrant(id);
    const { Grant: mark = 0, frozen } = await lives();
    expect(frozen).toBeUndefined();
    expect(mark).toBeGreaterThan(590);
    expect(mark).toBeLessThanOrEqual(600);
    const value = await redis.node.ask((each) => each.get(`Grant:{${digest(id)}}`));
    expect(value).toBe("!");
  });

  it("keep what is frozen, and what was voided, as long as a grant that is prolonged", async () => {
    await openGrant();
    await store.removeModelByGrant("RefreshToken", id);
    await store.put("Grant", id, { payload: {} }, 6000);
    const { frozen, voided } = await lives();
    expect(frozen).toBeGreaterThan(6000);
    expect(voided).toBeGreaterThan(6000);
  });

  it("forget in an index what has ended, whenever something is added to it", async () => {
    await store.put("Session", `${id}-old`, { payload: {}, accountId: id }, 10);
    clock.now += 10 + minute + 1;
    await store.put("Session", `${id}-new`, { payload: {}, accountId: id }, 10);
    const members = await redis.node.ask((each) => each.zrange(`account:${digest(id)}`, 0, -1));
    expect(members).toEqual([`Session ${digest(`${id}-new`)}`]);
  });

  it("are good for nothing once their grant is removed, though every index was lost", async () => {
    await openGrant("a session");
    await redis.node.ask(async (each) => {
      for (const key of await each.keys("*")) {
        if ((await each.type(key)) === "zset") await each.del(key);
      }
    });
    expect(await store.find("RefreshToken", `${id}-token`)).toBeDefined();
    await store.removeGrant(id);
    await expect(store.find("RefreshToken", `${id}-token`)).resolves.toBeUndefined();
    await redis.node.ask((each) => each.del(`Grant:{${digest(id)}}`));
    await expect(store.find("RefreshToken", `${id}-token`)).resolves.toBeUndefined();
  });

  it("of a model that was voided under a grant are told from those issued after", async () => {
    await openGrant();
    await store.removeModelByGrant("RefreshToken", id);
    await expect(store.find("RefreshToken", `${id}-token`)).resolves.toBeUndefined();
    const late = { payload: {}, grantId: id };
    await expect(store.put("RefreshToken", `${id}-late`, late, 600)).resolves.toBe(true);
    expect(await store.find("RefreshToken", `${id}-late`)).toBeDefined();
  });

  it("of a browser in which another person signed in since are not removed with the first", async () => {
    await store.put("Session", id, { payload: {}, uid: id, accountId: "first" }, 600);
    await store.put("Session", id, { payload: {}, uid: id, accountId: "second" }, 600);
    await expect(store.removeAccount("first")).resolves.toEqual({ sessions: [], grants: [] });
    expect(await store.find("Session", id)).toBeDefined();
    expect((await store.removeAccount("second")).sessions).toHaveLength(1);
    await expect(store.find("Session", id)).resolves.toBeUndefined();
  });

  it("of an account are ended though they are being written at that moment", async () => {
    const key = `account:${digest(id)}`;
    // The index is written first: this is a session whose value is still under way.
    await redis.node.ask((each) => each.zadd(key, clock.now + 600, `Session ${digest(id)}`));
    await store.removeAccount(id);
    const session = { payload: {}, accountId: id };
    await expect(store.put("Session", id, session, 600)).resolves.toBe(false);
  });

  it("are consumed once, and by the same call again when its answer was lost", async () => {
    await store.put("AuthorizationCode", id, { payload: {} }, 60);
    const { text } = redisScripts.consume;
    const key = `AuthorizationCode:${digest(id)}`;
    const consume = (mark: string) => redis.node.ask((each) => each.eval(text, 1, key, mark));
    expect([await consume("5.one"), await consume("5.other"), await consume("5.one")]).toEqual([
      1, 0, 1,
    ]);
    expect((await store.find("AuthorizationCode", id))?.consumedAt).toBe(5);
  });

  it("go on when the server has forgotten every script", async () => {
    await store.put("AuthorizationCode", id, { payload: {} }, 60);
    await redis.node.ask((each) => each.script("FLUSH"));
    await expect(store.consume("AuthorizationCode", id)).resolves.toBe(true);
    await redis.node.ask((each) => each.script("FLUSH"));
    await expect(store.insertOnce("ReplayDetection", id, 60)).resolves.toBe(true);
  });

  it("are asked of the database that the address names", async () => {
    const other = await openArtifactStore(`${redis.url}/3`, clock);
    await other.put("Session", id, { payload: {} }, 60);
    await expect(store.find("Session", id)).resolves.toBeUndefined();
    await other.close();
  });

  it("are counted together", async () => {
    await openGrant();
    const [all] = await store.census();
    expect(all).toEqual({ model: "all", count: 5, oldest: null });
  });
});
