import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { artifactFindings } from "../../src/command-line/doctor-artifacts.ts";
import { openArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock } from "../../src/foundation/index.ts";
import type { Settings } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { describeRedis } from "../support/describe-redis.ts";
import { startRedis } from "../support/redis-servers.ts";
import { waitFor } from "../support/wait-for.ts";
import { doctorParts } from "./doctor-patient.ts";
import { type Operator, createOperator } from "./operator.ts";

describe.each(databases)("the doctor's look at artifacts beside $name", ({ name, create }) => {
  let operator: Operator;

  beforeEach(async () => {
    operator = await createOperator(create);
  });
  afterEach(async () => {
    await operator.drop();
  });

  const issuer = "https://auth.example";
  const look = (artifactsUrl: string, changes: Partial<Settings> = {}) =>
    artifactFindings(
      doctorParts({
        ...{ databaseUrl: operator.databaseUrl, artifactsUrl, issuer },
        ...{ artifactsWaitMilliseconds: 0, ...changes },
      }),
    );

  it("warns of what stands there from before ARTIFACTS_URL", async () => {
    const other = await createOperator(create);
    const beside = await openArtifactStore(operator.databaseUrl, systemClock);
    await beside.put("Session", "one", { payload: {} }, 60);
    await beside.close();
    const url = name === "PostgreSQL" ? other.databaseUrl : "redis://127.0.0.1:1";
    const findings = await look(url);
    await other.drop();
    expect(findings).toHaveLength(2);
    expect(findings[1]).toMatchObject({
      state: "warning",
      found: expect.stringContaining("of before ARTIFACTS_URL") as unknown,
    });
  });

  if (name === "PostgreSQL") {
    it("says that another PostgreSQL answers, or has no tables yet", async () => {
      const other = await createOperator(create);
      const empty = await createOperator(create, { migrated: false });
      const [[answers], [nothing]] = [await look(other.databaseUrl), await look(empty.databaseUrl)];
      await other.drop();
      await empty.drop();
      expect([answers?.state, nothing?.state]).toEqual(["ok", "not-checked"]);
    });
  }

  // Which register it is beside is all the same.
  if (name !== "SQLite") return;

  describeRedis("in a Redis", () => {
    it("says that it answers, and how many it is", async () => {
      const redis = await startRedis();
      const findings = await look(redis.url);
      await redis.remove();
      expect(findings).toMatchObject([
        { state: "ok", found: expect.stringMatching(/^Redis \S+ answers, 1 of them/) as unknown },
      ]);
    });

    it("has a problem with one that forgets, and with another installation's", async () => {
      const redis = await startRedis();
      const set = (policy: string) =>
        redis.node.ask((each) => each.config("SET", "maxmemory-policy", policy));
      await set("volatile-lru");
      const [forgetful] = await look(redis.url);
      await set("noeviction");
      await redis.node.ask((each) => each.set("lopauth", "https://other.example"));
      const [others] = await look(redis.url);
      await redis.remove();
      expect([forgetful?.state, others?.state]).toEqual(["problem", "problem"]);
      expect(forgetful?.advice).toContain("noeviction");
      expect(others?.found).toContain("https://other.example");
    });

    it("warns of a master without replica while one is to be waited for", async () => {
      const redis = await startRedis(["--repl-diskless-sync-delay", "0"]);
      const waits = { artifactsWaitMilliseconds: 1000 };
      const [alone] = await look(redis.url, waits);
      const replica = await startRedis(["--replicaof", `127.0.0.1 ${redis.node.port}`]);
      const followed = () =>
        redis.node.ask(async (each) => (await each.info()).includes("connected_slaves:1"));
      await waitFor("the replica to follow", followed);
      const [two] = await look(redis.url, waits);
      await replica.remove();
      await redis.remove();
      expect([alone?.state, two?.state]).toEqual(["warning", "ok"]);
    });

    it("warns of one that would come back from a crash as it was at its last dump", async () => {
      const redis = await startRedis();
      const set = (name: string, value: string) =>
        redis.node.ask((each) => each.config("SET", name, value));
      await set("save", "3600 1 300 100 60 10000");
      const [older] = await look(redis.url);
      await set("appendonly", "yes");
      const [kept] = await look(redis.url);
      await set("appendonly", "no");
      // Whether it keeps dumps is not told then.
      await redis.node.ask((each) => each.call("ACL", "SETUSER", "default", "-config"));
      const [untold] = await look(redis.url);
      await redis.remove();
      expect([older?.state, kept?.state, untold?.state]).toEqual(["warning", "ok", "ok"]);
      expect(older?.found).toContain("1 with dumps alone");
    });

    it("warns of one that is nearly full", async () => {
      const redis = await startRedis();
      await redis.node.ask(async (each) => {
        const used = Number(/used_memory:(\d+)/.exec(await each.info())?.[1]);
        await each.config("SET", "maxmemory", Math.ceil(used * 1.1));
      });
      const [full] = await look(redis.url);
      await redis.remove();
      expect(full).toMatchObject({
        state: "warning",
        found: expect.stringContaining("memory is full by") as unknown,
      });
    });

    it("names one that does not answer, and never its password", async () => {
      const findings = await look("redis://:secret@127.0.0.1:1");
      expect(findings[0]?.state).toBe("problem");
      expect(JSON.stringify(findings)).not.toContain("secret");
    });
  });
});
