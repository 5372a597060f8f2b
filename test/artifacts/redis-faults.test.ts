import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { type ArtifactStore, openArtifactStore } from "../../src/artifacts/index.ts";
import { isReadOnly } from "../../src/artifacts/redis-client.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { DatabaseFault } from "../../src/storage/index.ts";
import { selfSigned } from "../support/certificate.ts";
import { describeRedis } from "../support/describe-redis.ts";
import {
  type RedisNode,
  isWhole,
  startRedis,
  startRedisCluster,
  startSentinel,
} from "../support/redis-servers.ts";
import { waitFor } from "../support/wait-for.ts";

/** More patience than a change of masters takes, less than the test has. */
const limits = { connections: 1, timeoutSeconds: 10 };

describeRedis("a Redis that is not well", () => {
  const endings: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  const started = async <Started extends { readonly remove: () => Promise<void> }>(
    starting: Promise<Started>,
  ): Promise<Started> => {
    const redis = await starting;
    endings.push(redis.remove);
    return redis;
  };
  const opened = async (url: string, ways: Parameters<typeof openArtifactStore>[2] = {}) => {
    const store = await openArtifactStore(url, systemClock, { limits, ...ways });
    endings.push(() => store.close());
    return store;
  };
  const withReplica = async () => {
    const master = await started(startRedis(["--repl-diskless-sync-delay", "0"]));
    const following = ["--replicaof", `127.0.0.1 ${master.node.port}`];
    const replica = await started(startRedis(following));
    await waitFor("the replica to follow", () => isFollowed(master.node));
    return { master, replica };
  };
  const put = (store: ArtifactStore, ...ids: string[]) =>
    Promise.all(ids.map((id) => store.put("AuthorizationCode", id, { payload: {} }, 60)));

  it("has what is consumed refused while its replica is silent, and reads on", async () => {
    const { master, replica } = await withReplica();
    const store = await opened(master.url, { waitMilliseconds: 1500 });
    await put(store, "one", "two");
    await expect(store.consume("AuthorizationCode", "one")).resolves.toBe(true);
    replica.node.freeze();
    const refused = store.consume("AuthorizationCode", "two");
    await expect(refused).rejects.toThrow(/no replica of the artifacts' store/);
    await expect(refused).rejects.toThrow(DatabaseFault);
    expect((await store.find("AuthorizationCode", "one"))?.consumedAt).toBeDefined();
    replica.node.thaw();
    // It was spent: who was refused begins anew.
    await expect(store.consume("AuthorizationCode", "two")).resolves.toBe(false);
  });

  it.each(["AccessToken", "ClientCredentials", "RefreshToken"] as const)(
    "has the removal of a %s refused while its replica is silent, which may be master next",
    async (model) => {
      const { master, replica } = await withReplica();
      const store = await opened(master.url, { waitMilliseconds: 1500 });
      for (const id of ["known", "unknown"]) await store.put(model, id, { payload: {} }, 60);
      await expect(store.remove(model, "known")).resolves.toBeUndefined();
      replica.node.freeze();
      await expect(store.remove(model, "unknown")).rejects.toThrow(/no replica of the artifacts/);
      replica.node.thaw();
      // On this master it is removed: who was refused may ask again.
      expect(await store.find(model, "unknown")).toBeUndefined();
      await waitFor("the replica to answer", () =>
        store.remove(model, "unknown").then(
          () => true,
          () => false,
        ),
      );
    },
  );

  it("has nothing waited for when it is told so", async () => {
    const { master, replica } = await withReplica();
    const store = await opened(master.url, { waitMilliseconds: 0 });
    await put(store, "one");
    replica.node.freeze();
    await expect(store.consume("AuthorizationCode", "one")).resolves.toBe(true);
    replica.node.thaw();
  });

  it("goes on alone when its replica is gone, and says so", async () => {
    const { master, replica } = await withReplica();
    let alone = 0;
    const store = await opened(master.url, { waitMilliseconds: 1500, alone: () => (alone += 1) });
    await put(store, "one", "two");
    await store.consume("AuthorizationCode", "one");
    expect(alone).toBe(0);
    await replica.node.kill();
    await expect(store.consume("AuthorizationCode", "two")).resolves.toBe(true);
    expect(alone).toBeGreaterThan(0);
  });

  it("is told in time that it does not answer, and is asked again when it does", async () => {
    const redis = await started(startRedis());
    const store = await opened(redis.url, { limits: { connections: 1, timeoutSeconds: 1 } });
    await put(store, "one", "two");
    redis.node.freeze();
    for (const asked of [
      () => store.find("AuthorizationCode", "one"),
      () => store.consume("AuthorizationCode", "one"),
    ]) {
      await expect(asked()).rejects.toThrow(DatabaseFault);
    }
    redis.node.thaw();
    await waitFor("it to answer", () => store.find("AuthorizationCode", "two").catch(() => false));
    await expect(store.consume("AuthorizationCode", "two")).resolves.toBe(true);
  });

  it("refuses what it has no room for, and keeps what it has", async () => {
    const redis = await started(startRedis(["--maxmemory", "3mb"]));
    const store = await opened(redis.url);
    const payload = { text: "x".repeat(100_000) };
    const fill = async () => {
      for (let index = 0; index < 100; index += 1) {
        await store.put("Interaction", `${index}`, { payload }, 600);
      }
    };
    await expect(fill()).rejects.toThrow(/cannot be asked: OOM/);
    expect(await store.find("Interaction", "0")).toBeDefined();
  });

  it("takes removals though it has no room, and nothing else", async () => {
    const redis = await started(startRedis());
    const store = await opened(redis.url);
    for (const id of ["one", "two"]) {
      await store.put("Grant", id, { payload: {}, accountId: "jeanne", clientId: "portal" }, 600);
      await store.put("AccessToken", id, { payload: {}, grantId: id }, 600);
    }
    await store.put("ClientCredentials", "program", { payload: {} }, 600);
    await redis.node.ask((each) => each.config("SET", "maxmemory", 1));
    await expect(put(store, "three")).rejects.toThrow(/cannot be asked: OOM/);
    await store.remove("ClientCredentials", "program");
    await store.removeModelByGrant("AccessToken", "one");
    await store.removeAccount("jeanne");
    expect(await store.find("ClientCredentials", "program")).toBeUndefined();
    expect(await store.grantsOf("jeanne")).toEqual([]);
    await redis.node.ask((each) => each.config("SET", "maxmemory", 0));
    for (const id of ["one", "two"]) expect(await store.find("AccessToken", id)).toBeUndefined();
    // The mark is there, too.
    expect(await store.put("Grant", "two", { payload: {} }, 600)).toBe(false);
  });

  it("that takes a right away is told so, and answers when it is given back", async () => {
    const redis = await started(startRedis());
    const store = await opened(redis.url);
    const may = (what: string) =>
      redis.node.ask((each) => each.call("ACL", "SETUSER", "default", what));
    await put(store, "one");
    await may("-@write");
    await expect(put(store, "two")).rejects.toThrow(/cannot be asked: NOPERM/);
    await may("+@write");
    await put(store, "two");
  });

  it("takes no writes any more: it is read on, and nothing that was refused is written later", async () => {
    const redis = await started(startRedis());
    const store = await opened(redis.url, { limits: { connections: 1, timeoutSeconds: 1 } });
    await put(store, "kept");
    // As a master is that another one has taken over from.
    await redis.node.ask((each) => each.replicaof("127.0.0.1", 9));
    const refused = await Promise.allSettled(["one", "two"].map((id) => put(store, id)));
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const consumed = store.consume("AuthorizationCode", "kept");
    await expect(consumed).rejects.toThrow(/cannot be asked: no-answer/);
    expect(await store.find("AuthorizationCode", "kept")).toBeDefined();
    await redis.node.ask((each) => each.replicaof("NO", "ONE"));
    await put(store, "later");
    expect(await store.find("AuthorizationCode", "later")).toBeDefined();
    expect(await store.find("AuthorizationCode", "one")).toBeUndefined();
  });

  it.each([
    ["READONLY You can't write against a read only replica.", true],
    [
      `ERR Error running script (call to f_59f3dc4c): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica. `,
      true,
    ],
    ["ERR Error running script (call to f_59f3dc4c): @user_script:3: Script attempted", false],
  ])("says so before Redis 7 at the end of the line (%#)", (message, isSaid) => {
    expect(isReadOnly(new Error(message))).toBe(isSaid);
  });

  it("that sentinels watch is followed to its replica", async () => {
    const { master, replica } = await withReplica();
    const sentinel = await started(startSentinel("artifacts", master.node.port));
    await waitFor("the sentinel to know the replica", () => sentinel.knows(1));
    const store = await opened(sentinel.url);
    await put(store, "spent", "fresh");
    await store.consume("AuthorizationCode", "spent");
    await master.node.kill();
    await waitFor(
      "a consume on the new master",
      () => store.consume("AuthorizationCode", "fresh").catch(() => false),
      30,
    );
    await expect(store.consume("AuthorizationCode", "spent")).resolves.toBe(false);
    expect(await replica.node.ask((each) => each.role())).toContain("master");
  });

  it("that lost a master of its cluster goes on with the replica, which knows what was spent", async () => {
    const cluster = await started(startRedisCluster());
    const store = await opened(cluster.url);
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
    const [spent, fresh] = [ids.slice(0, 15), ids.slice(15)];
    await put(store, ...ids);
    const consume = (id: string) => store.consume("AuthorizationCode", id);
    expect(await Promise.all(spent.map(consume))).not.toContain(false);
    const [first] = cluster.nodes;
    await first?.kill();
    expect(await Promise.all(ids.map(consume))).toEqual([
      ...spent.map(() => false),
      ...fresh.map(() => true),
    ]);
    await first?.start();
    await waitFor("the cluster to be whole", () => isWhole(cluster.nodes), 30);
  });
});

describeRedis("a Redis behind TLS", () => {
  const { cert, key } = selfSigned("localhost", systemClock.epochSeconds() + 86_400);

  it("shows a certificate that is verified: its authority, and its name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lopauth-tls-"));
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const redis = await startRedis(
      (port) => [
        ...["--tls-port", String(port), "--port", "0", "--tls-auth-clients", "no"],
        ...["--tls-cert-file", certFile, "--tls-key-file", keyFile, "--requirepass", "p@ss/word"],
      ],
      { host: "localhost", tls: { ca: cert }, password: "p@ss/word" },
    );
    const { port } = redis.node;
    const ask = async (host: string, query: string, password = "p%40ss%2Fword") => {
      const url = `rediss://:${password}@${host}:${port}${query}`;
      const store = await openArtifactStore(url, systemClock, {
        limits: { ...limits, timeoutSeconds: 1 },
      });
      const answer = await store.find("Session", "one").then(
        () => "answers",
        (error: unknown) => (error instanceof DatabaseFault ? "refused" : error),
      );
      await store.close();
      return answer;
    };
    const ca = `?ca=${encodeURIComponent(certFile)}`;
    expect(await ask("localhost", ca)).toBe("answers");
    expect(await ask("localhost", "")).toBe("refused");
    expect(await ask("127.0.0.1", ca)).toBe("refused");
    expect(await ask("localhost", ca, "another")).toBe("refused");
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Whether a master knows of a replica that has all it has. */
async function isFollowed({ ask }: RedisNode): Promise<boolean> {
  const [, , replicas] = (await ask((redis) => redis.role())) as [string, number, unknown[]];
  return replicas.length > 0;
}
