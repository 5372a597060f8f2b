import { describe, expect, it } from "@jest/globals";
import type { ClientMetadata } from "../../src/clients/index.ts";
import { systemClock } from "../../src/foundation/index.ts";
import type { ArtifactStore, StoredArtifact } from "../../src/artifacts/index.ts";
import { adapterFor } from "../../src/provider/adapter.ts";

/** The adapter of a model on a store that holds one artifact of it, and every client is served. */
function holding(model: string, stored: Partial<StoredArtifact>, client?: ClientMetadata) {
  const found = { payload: {}, consumedAt: undefined, expired: false, ...stored };
  const find = () => Promise.resolve(found as StoredArtifact);
  const artifacts = { find } as unknown as ArtifactStore;
  const clients = { find: () => client, servedSince: () => 0, secretMatches: () => false };
  const countKept = () => Promise.resolve();
  const parts = { artifacts, artifactReads: artifacts, clock: systemClock, countKept };
  return adapterFor(parts, clients, {
    ...{ issuer: "https://auth.test", unusedSecret: "-", scopes: new Set(["openid", "email"]) },
  })(model);
}

describe("The library's storage on ours", () => {
  it("serves a client that names scopes of Shared Signals without them, while these are off", async () => {
    const named = { client_id: "portal", scope: "openid email ssf.manage ssf.read other:read" };
    const client = await holding("Client", {}, named as ClientMetadata).find("portal");
    expect(client).toMatchObject({ client_id: "portal", scope: "openid email other:read" });
  });

  it("knows a replay mark until it expires, swept or not, and no longer", async () => {
    expect(await holding("ReplayDetection", {}).find("jti")).toMatchObject({ jti: "jti" });
    expect(await holding("ReplayDetection", { expired: true }).find("jti")).toBeUndefined();
  });

  it("leaves it to the library to tell whether anything else has expired", async () => {
    const expired = await holding("AccessToken", { expired: true, payload: { exp: 5 } }).find("id");
    expect(expired).toMatchObject({ jti: "id", exp: 5 });
  });

  it("puts back what it keeps out of a row: the identifier, and an interaction's address", async () => {
    const interaction = await holding("Interaction", {}).find("uid");
    expect(interaction).toMatchObject({ jti: "uid", returnTo: "https://auth.test/auth/uid" });
    const newer = { payload: { kind: "as kept", result: { form: 9_999, login: {} } } };
    expect(await holding("Interaction", newer).find("uid")).not.toHaveProperty("result");
    expect(await holding("Session", newer).find("id")).toMatchObject(newer.payload);
    const consumed = await holding("AuthorizationCode", { consumedAt: 9 }).find("code");
    expect(consumed).toMatchObject({ jti: "code", consumed: 9 });
  });
});
