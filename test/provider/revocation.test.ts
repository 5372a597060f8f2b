import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ArtifactStore } from "../../src/artifacts/index.ts";
import { systemClock } from "../../src/foundation/index.ts";
import { type LogoutNotice } from "../../src/provider/index.ts";
import { createRevocation } from "../../src/provider/revocation.ts";
import {
  type ArtifactsDatabase,
  createArtifactsDatabase,
} from "../artifacts/artifacts-database.ts";
import { databases } from "../support/databases.ts";

const sub = "person";
const siret = "13002526500013";

describe.each(databases)("a revocation on $name", (kind) => {
  let database: ArtifactsDatabase;
  let artifacts: ArtifactStore;
  let queued: LogoutNotice[];

  beforeEach(async () => {
    database = await createArtifactsDatabase(kind);
    artifacts = await database.open();
    queued = [];
    const payload = { authorizations: { portal: { sid: "sid-1" } } };
    await artifacts.put("Session", "cookie", { payload, accountId: sub, uid: "session" }, 600);
    await openGrant("grant");
  });
  afterEach(() => database.drop());

  async function openGrant(grantId: string): Promise<void> {
    const owner = { accountId: sub, clientId: "portal" };
    await artifacts.put("Grant", grantId, { payload: {}, ...owner }, 600);
    const establishment = { ...owner, siret, sessionUid: "session" };
    await artifacts.freezeEstablishment(grantId, establishment, 600);
  }

  /** A revocation whose stores fail or are watched as told. */
  function revocation(options: {
    readonly store?: Partial<ArtifactStore>;
    readonly add?: (notices: readonly LogoutNotice[]) => Promise<void>;
  }) {
    const add = (notices: readonly LogoutNotice[]) => {
      queued.push(...notices.map(({ clientId, sub, sid }) => ({ clientId, sub, sid })));
      return Promise.resolve();
    };
    const store = new Proxy(artifacts, {
      get: (target, name: keyof ArtifactStore) => {
        const own = options.store?.[name] ?? target[name];
        return own.bind(target) as unknown;
      },
    });
    return createRevocation({
      artifacts: store,
      clock: systemClock,
      logoutNotices: {
        add: options.add ?? add,
      },
    });
  }

  const endings = [
    ["an account", "ofAccount"],
    ["an establishment", "ofEstablishment"],
    ["a client", "ofClient"],
    ["a session", "ofSession"],
  ] as const;
  const notice = { clientId: "portal", sub, sid: "sid-1" };
  const powerCut = () => Promise.reject(new Error("the power is cut"));

  /** Calls one of them by name. */
  async function end(name: (typeof endings)[number][1], of: ReturnType<typeof revocation>) {
    if (name === "ofAccount") await of.ofAccount(sub);
    else if (name === "ofEstablishment") await of.ofEstablishment(sub, siret);
    else if (name === "ofClient") await of.ofClient(sub, "portal");
    else await of.ofSession("session");
  }

  it.each(endings)("of %s tells each client of each session once", async (_what, name) => {
    await end(name, revocation({}));
    expect(new Set(queued.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify(notice)]),
    );
    expect(await artifacts.find("Grant", "grant")).toBeUndefined();
  });

  it.each(endings)("of %s loses no notice when it dies before the removal", async (_what, name) => {
    const store = {
      removeAccount: powerCut,
      removeEstablishment: powerCut,
      removeClient: powerCut,
      removeSession: powerCut,
    };
    await expect(end(name, revocation({ store }))).rejects.toThrow("the power is cut");
    expect(queued).toContainEqual(notice);
    expect(await artifacts.find("Grant", "grant")).toBeDefined();
    queued = [];
    await end(name, revocation({}));
    expect(queued).toContainEqual(notice);
  });

  it.each(endings)("of %s removes nothing when no notice could be written", async (_what, name) => {
    await expect(end(name, revocation({ add: powerCut }))).rejects.toThrow("the power is cut");
    expect(await artifacts.find("Grant", "grant")).toBeDefined();
    expect(await artifacts.find("Session", "cookie")).toBeDefined();
  });

  it.each(endings)("of %s changes nothing by describing", async (_what, name) => {
    const ending = {
      ofAccount: { accountId: sub },
      ofEstablishment: { accountId: sub, siret },
      ofClient: { accountId: sub, clientId: "portal" },
      ofSession: { sessionUid: "session" },
    }[name];
    const removal = await artifacts.describe(ending);
    expect(removal.grants).toMatchObject([{ accountId: sub, clientId: "portal", siret }]);
    expect(removal.sessions).toHaveLength(["ofEstablishment", "ofClient"].includes(name) ? 0 : 1);
    expect(await artifacts.describe(ending)).toEqual(removal);
  });

  it("tells of what was signed in to between the notice and the removal", async () => {
    const store = {
      removeAccount: async (accountId: string) => {
        const payload = { authorizations: { other: { sid: "sid-2" } } };
        await artifacts.put("Session", "late", { payload, accountId, uid: "late" }, 600);
        return artifacts.removeAccount(accountId);
      },
    };
    await revocation({ store }).ofAccount(sub);
    expect(queued).toContainEqual({ clientId: "other", sub, sid: "sid-2" });
    expect(queued.filter(({ clientId }) => clientId === "other")).toHaveLength(1);
  });
});
