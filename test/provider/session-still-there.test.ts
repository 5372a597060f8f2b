import { describe, expect, it } from "@jest/globals";
import type { StoredArtifact } from "../../src/artifacts/index.ts";
import { assertSessionStillThere } from "../../src/provider/session-still-there.ts";

describe("a grant whose session stands nowhere", () => {
  const grant = { jti: "grant-1" };
  const session = { uid: "session-1", exp: 1 };
  const kept = { payload: {} } as unknown as StoredArtifact;

  /** A store that has the session again at the n-th look. */
  const store = (foundAt: number) => {
    const seen = { looks: 0, removed: [] as string[] };
    const artifacts = {
      findByUid: () => Promise.resolve((seen.looks += 1) >= foundAt ? kept : undefined),
      removeGrant: (id: string) => Promise.resolve(void seen.removed.push(id)),
    };
    return { seen, artifacts };
  };

  it("stays where the session is only being written anew", async () => {
    const { seen, artifacts } = store(4);
    await assertSessionStillThere(session, grant, artifacts);
    expect(seen).toEqual({ looks: 4, removed: [] });
  });

  it("ends where it has ended", async () => {
    const { seen, artifacts } = store(Infinity);
    await expect(assertSessionStillThere(session, grant, artifacts)).rejects.toThrow(
      "access_denied",
    );
    expect(seen.removed).toEqual(["grant-1"]);
  });

  it("is not looked for where it begins with this request", async () => {
    const { seen, artifacts } = store(Infinity);
    await assertSessionStillThere({ uid: "session-1" }, grant, artifacts);
    expect(seen.looks).toBe(0);
  });
});
