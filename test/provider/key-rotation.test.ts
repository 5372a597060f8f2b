import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type Clock,
  createEncryption,
  days,
  minutes,
  systemRandom,
} from "../../src/foundation/index.ts";
import type { RecordSoon } from "../../src/house/index.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { SigningKeyStore, revokeKey, rotateKeys } from "../../src/provider/index.ts";
import { type KeyRotationParts, rotateWhenDue } from "../../src/provider/key-rotation.ts";
import { loadSigningKeys } from "../../src/provider/signing-keys.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { plainClient } from "../support/plain-client.ts";
import { goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const start = 1_800_000_000;

describe.each(databases)("the rotation of signing keys on $name", ({ create }) => {
  let database: TestDatabase;
  let parts: KeyRotationParts;
  let now = start;
  const clock: Clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };

  beforeEach(async () => {
    now = start;
    database = await create(migrated);
    const opened = openDatabase(database.url);
    const encryption = createEncryption([systemRandom.bytes(32)], systemRandom);
    const keyStore = new SigningKeyStore(opened.knex);
    parts = { database: opened, encryption, keyStore, random: systemRandom, clock };
    await loadSigningKeys(parts);
  });
  afterEach(async () => {
    await parts.database.close();
    await database.drop();
  });

  const events: SecurityEvent[] = [];
  const revoke = (kid: string) => {
    const recordSoon: RecordSoon = (_, told) =>
      Promise.resolve(() => Promise.resolve(void events.push(...told)));
    return revokeKey({ ...parts, recordSoon }, kid, "operator");
  };
  const kidOf = async (alg: string, state: string) =>
    (await parts.keyStore.list()).find((key) => key.alg === alg && key.state === state)?.kid;

  it("lets the next key sign and the current one go on verifying", async () => {
    const [current, next] = [await kidOf("RS256", "current"), await kidOf("RS256", "next")];
    expect((await rotateKeys(parts)).accepted).toBe(true);
    expect(await kidOf("RS256", "current")).toBe(next);
    expect(await kidOf("RS256", "previous")).toBe(current);
    expect(await kidOf("RS256", "next")).not.toBe(next);
    const { keys } = await loadSigningKeys(parts);
    expect(keys[0]?.kid).toBe((await parts.keyStore.list())[0]?.kid);
    expect(keys).toHaveLength(12);
  });

  it("waits until the next key is known to every relying party, to the second", async () => {
    await rotateKeys(parts);
    now = start + minutes(10) - 1;
    expect(await rotateKeys(parts)).toEqual({
      accepted: false,
      problems: [{ reason: "next-key-too-young", details: { seconds: 1 } }],
    });
    now = start + minutes(10);
    expect((await rotateKeys(parts)).accepted).toBe(true);
  });

  it("happens once when four nodes rotate at the same moment", async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => rotateKeys(parts)));
    expect(outcomes.filter((outcome) => outcome.accepted)).toHaveLength(1);
    const states = (await parts.keyStore.list()).map((key) => key.state);
    const four = (state: string) => Array.from({ length: 4 }, () => state);
    expect(states).toEqual([...four("current"), ...four("previous"), ...four("next")]);
  });

  it("is done by the job after 90 days, and what retired is removed 30 days later", async () => {
    const current = await kidOf("ES256", "current");
    now = start + days(90) - 1;
    await rotateWhenDue(parts);
    expect(await kidOf("ES256", "current")).toBe(current);
    now = start + days(90);
    await rotateWhenDue(parts);
    expect(await kidOf("ES256", "previous")).toBe(current);
    now = start + days(120) - 1;
    await rotateWhenDue(parts);
    expect(await kidOf("ES256", "previous")).toBe(current);
    now = start + days(120);
    await rotateWhenDue(parts);
    expect(await kidOf("ES256", "previous")).toBeUndefined();
  });

  it.each(["current", "next", "previous"])(
    "takes a %s key away at once: the next one signs, and another waits behind it",
    async (state) => {
      await rotateKeys(parts);
      const [kid = "", next] = [await kidOf("ES256", state), await kidOf("ES256", "next")];
      const outcome = await revoke(kid);
      const promoted = state === "current" ? { kid: next } : undefined;
      expect(outcome).toMatchObject({ accepted: true, value: { key: { kid, state } } });
      expect(outcome).toMatchObject({ value: { promoted } });
      const { keys } = await loadSigningKeys(parts);
      expect(keys.map((key) => key.kid)).not.toContain(kid);
      const left = (await parts.keyStore.list()).filter(({ alg }) => alg === "ES256");
      expect(left.map((key) => key.state).sort()).toEqual(
        state === "previous" ? ["current", "next"] : ["current", "next", "previous"],
      );
      if (promoted) expect(await kidOf("ES256", "current")).toBe(next);
      expect(await revoke(kid)).toMatchObject({ problems: [{ reason: "key-unknown" }] });
    },
  );

  it("takes a key away once, and never the one that took its place", async () => {
    const kid = (await kidOf("ES256", "current")) ?? "";
    const next = await kidOf("ES256", "next");
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => revoke(kid)));
    expect(outcomes.filter((outcome) => outcome.accepted)).toHaveLength(1);
    const told = events.filter(({ details }) => details?.["kid"] === kid);
    expect(told).toMatchObject([{ name: "signing-key-revoked", actor: "operator" }]);
    expect(await kidOf("ES256", "current")).toBe(next);
  });

  it("keeps no private key in clear", async () => {
    const rows = JSON.stringify(await parts.keyStore.list());
    const { keys } = await loadSigningKeys(parts);
    for (const key of keys) expect(rows).not.toContain(String(key["d"]));
  });
});

describe.each(databases)("a provider whose keys rotate, on $name", (kind) => {
  it("refuses no token, needs no restart, and signs with the new key within seconds", async () => {
    const provider = await startTestProvider(kind, { clients: { portal: {} } });
    try {
      await provider.addAccount("cle@partenaire.test");
      const portal = provider.party("portal");
      const browser = new BrowserAgent();
      const login = await portal.login(browser);
      await browser.fill({ email: "cle@partenaire.test", password: goodPassword }).submit();
      const before = await login.signedIn();
      const published = await keyIds(provider.issuer);
      expect((await rotateKeys(provider.application)).accepted).toBe(true);
      await waitFor(
        "the new next keys to be published",
        async () => (await keyIds(provider.issuer)).length > published.length,
        15,
      );
      expect(await keyIds(provider.issuer)).toEqual(expect.arrayContaining(published));
      const refreshed = await portal.refresh(before.tokens.refresh_token ?? "");
      expect(headerOf(refreshed.id_token).kid).not.toBe(headerOf(before.tokens.id_token).kid);
      expect(published).toContain(headerOf(refreshed.id_token).kid);
      const page = await browser.open(await portal.endSessionUrl(before.tokens.id_token ?? ""));
      expect(page.status).toBe(200);
      const { kid } = headerOf(refreshed.id_token);
      expect((await revokeKey(provider.application, kid, "operator")).accepted).toBe(true);
      await waitFor(
        "the revoked key to leave the published ones",
        async () => !(await keyIds(provider.issuer)).includes(kid),
        15,
      );
      // Not by openid-client, which keeps our keys for a minute.
      const { body } = await plainClient(provider, "portal").refresh(before.tokens.refresh_token);
      expect(headerOf(String(body["id_token"])).kid).not.toBe(kid);
      const hint = await new BrowserAgent().open(
        await portal.endSessionUrl(refreshed.id_token ?? ""),
      );
      expect(hint.status).toBe(400);
    } finally {
      await provider.stop();
    }
  });
});

async function keyIds(issuer: string): Promise<string[]> {
  const answer = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] };
  return answer.keys.map(({ kid }) => kid);
}

function headerOf(jwt: string | undefined): { kid: string } {
  return JSON.parse(Buffer.from(jwt?.split(".")[0] ?? "", "base64url").toString("utf8")) as {
    kid: string;
  };
}
