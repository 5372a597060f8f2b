import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ArtifactStore } from "../../src/artifacts/index.ts";
import { databases } from "../support/databases.ts";
import { type ArtifactsDatabase, createArtifactsDatabase } from "./artifacts-database.ts";

describe.each(databases)("the sweep of expired artifacts on $name", (kind) => {
  let database: ArtifactsDatabase;
  let store: ArtifactStore;

  beforeEach(async () => {
    database = await createArtifactsDatabase(kind);
    store = await database.open();
  });
  afterEach(() => database.drop());

  async function putTokens(count: number, expiresInSeconds: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await store.put(
        "AccessToken",
        `${expiresInSeconds}-${index}`,
        { payload: {} },
        expiresInSeconds,
      );
    }
  }

  it("deletes what expired more than a minute ago, and nothing else", async () => {
    const start = database.clock.now;
    await store.put("AccessToken", "expires", { payload: {} }, 10);
    await store.put("PushedAuthorizationRequest", "never expires", { payload: {} }, undefined);
    database.clock.now = start + 70;
    await expect(store.sweep(200)).resolves.toBe(0);
    database.clock.now = start + 71;
    await expect(store.sweep(200)).resolves.toBe(1);
    await expect(store.find("AccessToken", "expires")).resolves.toBeUndefined();
    expect(await store.find("PushedAuthorizationRequest", "never expires")).toBeDefined();
  });

  it("takes so many at most, until none is left", async () => {
    await putTokens(25, 10);
    await putTokens(3, 500);
    database.clock.now += 100;
    expect([await store.sweep(10), await store.sweep(10), await store.sweep(10)]).toEqual([
      10, 10, 5,
    ]);
    await expect(store.sweep(10)).resolves.toBe(0);
  });

  it("shares the rows between two nodes that sweep at once", async () => {
    await putTokens(40, 10);
    database.clock.now += 100;
    const nodes = [store, await database.open()];
    const swept = await Promise.all(
      nodes.map(async (node) => {
        let rows = 0;
        for (let piece = 1; piece > 0; rows += piece) piece = await node.sweep(5);
        return rows;
      }),
    );
    const left = await store.sweep(100);
    expect(swept.reduce((sum, each) => sum + each, left)).toBe(40);
  });

  it("keeps a frozen establishment as long as its grant", async () => {
    const owner = { accountId: "account", clientId: "portal" };
    for (const grant of ["prolonged", "expired"]) {
      await store.put("Grant", grant, { payload: {}, ...owner }, grant === "expired" ? 10 : 500);
      await store.freezeEstablishment(grant, { ...owner, siret: undefined }, 10);
    }
    database.clock.now += 100;
    await expect(store.sweep(200)).resolves.toBe(2);
    await expect(store.frozenEstablishment("expired")).resolves.toBeUndefined();
    expect(await store.frozenEstablishment("prolonged")).toBeDefined();
  });

  it("deletes the mark of a removed grant ten minutes and one after its removal", async () => {
    await store.put("Grant", "removed", { payload: {} }, 86_400);
    await store.removeGrant("removed");
    database.clock.now += 660;
    await expect(store.sweep(200)).resolves.toBe(0);
    database.clock.now += 1;
    await expect(store.sweep(200)).resolves.toBe(1);
  });
});
