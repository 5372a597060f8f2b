import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type ArtifactModel, type ArtifactStore } from "../../src/artifacts/index.ts";
import { digest } from "../../src/foundation/index.ts";
import { artifactStores } from "./artifact-stores.ts";
import type { ArtifactsDatabase } from "./artifacts-database.ts";

const siret = "73282932000074";
const otherSiret = "35600000000048";

describe.each(artifactStores)("a removal from the artifact store on $name", (kind) => {
  let database: ArtifactsDatabase;
  let store: ArtifactStore;
  let otherNode: ArtifactStore;
  let serial = 0;
  /** A person, a session and a grant of each test's own. */
  let account = "";
  let session = "";
  let grant = "";

  beforeAll(async () => {
    database = await kind.create();
    store = await database.open();
    otherNode = await database.open();
  });
  beforeEach(() => {
    serial += 1;
    account = `account-${serial}`;
    session = `session-${serial}`;
    grant = `grant-${serial}`;
  });
  afterAll(() => database.drop());

  const sessionPayload = () => ({ authorizations: { portal: { sid: `sid-${serial}` } } });

  async function openSession(accountId = account, uid = session): Promise<void> {
    const artifact = { payload: sessionPayload(), accountId, uid };
    await store.put("Session", `${uid}-cookie`, artifact, 600);
  }

  /** A grant with its frozen establishment, a code, an access token and a refresh token. */
  async function openGrant(
    grantId: string,
    options: {
      siret?: string;
      accountId?: string;
      clientId?: string;
      sessionUid?: string | undefined;
    } = {},
  ): Promise<void> {
    const { accountId = account, clientId = "portal" } = options;
    const sessionUid = "sessionUid" in options ? options.sessionUid : session;
    const owner = { accountId, clientId };
    await store.put("Grant", grantId, { payload: {}, ...owner }, 600);
    const establishment = { ...owner, siret: options.siret, sessionUid };
    await store.freezeEstablishment(grantId, establishment, 600);
    for (const model of issued) {
      await store.put(model, `${grantId}-${model}`, { payload: {}, ...owner, grantId }, 600);
    }
  }

  const issued: ArtifactModel[] = ["AuthorizationCode", "AccessToken", "RefreshToken"];

  /** What of a grant is still there. */
  async function remainsOf(grantId: string): Promise<string[]> {
    const there = [];
    if (await store.find("Grant", grantId)) there.push("Grant");
    if (await store.frozenEstablishment(grantId)) there.push("frozen establishment");
    for (const model of issued) {
      if (await store.find(model, `${grantId}-${model}`)) there.push(model);
    }
    return there;
  }

  const everything = ["Grant", "frozen establishment", ...issued];

  describe("of a grant", () => {
    it.each(["removeGrant", "remove"] as const)(
      "by %s takes everything issued under it, and nothing else",
      async (way) => {
        await openGrant(grant, { siret });
        await openGrant(`${grant}-other`, { siret });
        await (way === "remove" ? store.remove("Grant", grant) : store.removeGrant(grant));
        await expect(remainsOf(grant)).resolves.toEqual([]);
        await expect(remainsOf(`${grant}-other`)).resolves.toEqual(everything);
      },
    );

    it("takes only one model when asked so", async () => {
      await openGrant(grant);
      await store.removeModelByGrant("RefreshToken", grant);
      await expect(remainsOf(grant)).resolves.toEqual(
        everything.filter((each) => each !== "RefreshToken"),
      );
    });

    it("refuses a token that is put under it later, and one under a grant that never was", async () => {
      await openGrant(grant);
      await store.removeGrant(grant);
      const late = { payload: {}, grantId: grant };
      await expect(store.put("AccessToken", `${grant}-late`, late, 60)).resolves.toBe(false);
      await expect(store.find("AccessToken", `${grant}-late`)).resolves.toBeUndefined();
      const stray = { payload: {}, grantId: `${grant}-never` };
      await expect(store.put("AccessToken", `${grant}-stray`, stray, 60)).resolves.toBe(false);
    });

    it("leaves no token of those that were being put on two nodes at that moment", async () => {
      for (let round = 0; round < 5; round++) {
        const grantId = `${grant}-${round}`;
        await openGrant(grantId);
        const puts = Array.from({ length: 12 }, (_, index) => {
          const node = index % 2 === 0 ? store : otherNode;
          return node.put("AccessToken", `${grantId}-${index}`, { payload: {}, grantId }, 60);
        });
        await Promise.all([...puts.slice(0, 6), otherNode.removeGrant(grantId), ...puts.slice(6)]);
        for (let index = 0; index < puts.length; index++) {
          await expect(store.find("AccessToken", `${grantId}-${index}`)).resolves.toBeUndefined();
        }
      }
    });

    it("is not undone by a request that saves it again", async () => {
      await openGrant(grant);
      await store.removeGrant(grant);
      await expect(store.put("Grant", grant, { payload: {} }, 600)).resolves.toBe(false);
      await expect(store.find("Grant", grant)).resolves.toBeUndefined();
    });
  });

  it("keeps the establishment that was frozen first", async () => {
    const owner = { accountId: account, clientId: "portal" };
    await store.freezeEstablishment(grant, { ...owner, siret }, 600);
    await otherNode.freezeEstablishment(grant, { ...owner, siret: otherSiret }, 600);
    await expect(store.frozenEstablishment(grant)).resolves.toEqual({
      ...owner,
      siret,
      outlivesSession: true,
    });
  });

  describe("of an establishment", () => {
    it("ends the grants frozen for it, tells whose they were, and leaves all others", async () => {
      await openSession();
      await openGrant(grant, { siret });
      await openGrant(`${grant}-elsewhere`, { siret: otherSiret });
      await openGrant(`${grant}-without`);
      await openGrant(`${grant}-of-another`, { siret, accountId: `${account}-other` });
      await expect(store.removeEstablishment(account, siret)).resolves.toEqual({
        sessions: [],
        grants: [
          {
            grantDigest: digest(grant),
            accountId: account,
            clientId: "portal",
            siret,
            session: sessionPayload(),
          },
        ],
      });
      await expect(remainsOf(grant)).resolves.toEqual([]);
      for (const other of ["elsewhere", "without", "of-another"]) {
        await expect(remainsOf(`${grant}-${other}`)).resolves.toEqual(everything);
      }
      expect((await store.findByUid("Session", session))?.payload).toEqual(sessionPayload());
    });

    it("has nothing to tell the second time", async () => {
      await openGrant(grant, { siret });
      await store.removeEstablishment(account, siret);
      const nothing = { sessions: [], grants: [] };
      await expect(store.removeEstablishment(account, siret)).resolves.toEqual(nothing);
    });
  });

  describe("of a client", () => {
    it("ends every grant that the person gave it, frozen or not, and leaves all others", async () => {
      await openSession();
      await openGrant(grant, { siret });
      await openGrant(`${grant}-without`, { sessionUid: undefined });
      await openGrant(`${grant}-of-another`, { siret, accountId: `${account}-other` });
      await openGrant(`${grant}-elsewhere`, { siret, clientId: "other" });
      const { sessions, grants } = await store.removeClient(account, "portal");
      expect(sessions).toEqual([]);
      expect(grants.map((each) => each.grantDigest).sort()).toEqual(
        [grant, `${grant}-without`].map(digest).sort(),
      );
      for (const ended of [grant, `${grant}-without`]) {
        await expect(remainsOf(ended)).resolves.toEqual([]);
      }
      for (const other of ["of-another", "elsewhere"]) {
        await expect(remainsOf(`${grant}-${other}`)).resolves.toEqual(everything);
      }
      expect((await store.findByUid("Session", session))?.payload).toEqual(sessionPayload());
    });
  });

  describe("of a session", () => {
    it("ends the grants made in it, superseded ones too, but those that outlive it", async () => {
      await openSession();
      await openSession(account, `${session}-other`);
      await openGrant(grant, { siret });
      await openGrant(`${grant}-newer`, { siret: otherSiret });
      await openGrant(`${grant}-other`, { siret, sessionUid: `${session}-other` });
      await openGrant(`${grant}-outliving`, { siret, sessionUid: undefined });
      const removal = await store.removeSession(session);
      expect(removal.sessions).toEqual([
        { uidDigest: digest(session), accountId: account, payload: sessionPayload() },
      ]);
      expect(removal.grants.map((each) => each.grantDigest).sort()).toEqual(
        [grant, `${grant}-newer`].map(digest).sort(),
      );
      expect(removal.grants[0]?.session).toEqual(sessionPayload());
      for (const ended of [grant, `${grant}-newer`]) {
        await expect(remainsOf(ended)).resolves.toEqual([]);
      }
      for (const living of [`${grant}-other`, `${grant}-outliving`]) {
        await expect(remainsOf(living)).resolves.toEqual(everything);
      }
      await expect(store.findByUid("Session", session)).resolves.toBeUndefined();
      await expect(store.find("Session", `${session}-cookie`)).resolves.toBeUndefined();
      expect(await store.findByUid("Session", `${session}-other`)).toBeDefined();
    });

    it.each(["removeSession", "remove"] as const)(
      "by %s is not undone by a request that saves it again",
      async (way) => {
        await openSession();
        if (way === "remove") await store.remove("Session", `${session}-cookie`);
        else await store.removeSession(session);
        const again = { payload: {}, uid: session };
        const cookie = `${session}-cookie`;
        await expect(otherNode.put("Session", cookie, again, 600)).resolves.toBe(false);
        await expect(store.findByUid("Session", session)).resolves.toBeUndefined();
      },
    );
  });

  describe("of an account", () => {
    it("takes all of the person and nothing of another", async () => {
      const other = `${account}-other`;
      await openSession();
      await openSession(other, `${session}-other`);
      await openGrant(grant, { siret });
      await openGrant(`${grant}-other`, {
        siret,
        accountId: other,
        sessionUid: `${session}-other`,
      });
      await store.put("Interaction", session, { payload: {}, accountId: account }, 600);
      await expect(store.removeAccount(account)).resolves.toEqual({
        sessions: [{ uidDigest: digest(session), accountId: account, payload: sessionPayload() }],
        grants: [
          {
            grantDigest: digest(grant),
            accountId: account,
            clientId: "portal",
            siret,
            session: sessionPayload(),
          },
        ],
      });
      await expect(remainsOf(grant)).resolves.toEqual([]);
      await expect(store.find("Interaction", session)).resolves.toBeUndefined();
      await expect(store.findByUid("Session", session)).resolves.toBeUndefined();
      await expect(remainsOf(`${grant}-other`)).resolves.toEqual(everything);
      expect(await store.findByUid("Session", `${session}-other`)).toBeDefined();
    });

    it("is not undone by a request that saves its session again", async () => {
      await openSession();
      await store.removeAccount(account);
      const again = { payload: {}, accountId: account, uid: session };
      const cookie = `${session}-cookie`;
      await expect(otherNode.put("Session", cookie, again, 600)).resolves.toBe(false);
    });

    it("may be asked on two nodes while an establishment and a session are removed", async () => {
      await openSession();
      for (let index = 0; index < 20; index++) await openGrant(`${grant}-${index}`, { siret });
      const removals = await Promise.all([
        store.removeAccount(account),
        otherNode.removeSession(session),
        otherNode.removeAccount(account),
        store.removeEstablishment(account, siret),
        otherNode.removeGrant(`${grant}-7`),
      ]);
      const told = removals.flatMap((removal) => removal?.grants ?? []);
      expect(new Set(told.map((each) => each.grantDigest)).size).toBe(told.length);
      for (let index = 0; index < 20; index++) {
        await expect(remainsOf(`${grant}-${index}`)).resolves.toEqual([]);
      }
    });
  });
});
