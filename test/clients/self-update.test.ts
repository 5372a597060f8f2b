import { beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { type ClientNode, createClientRegister, noon } from "./client-register.ts";

describe.each(databases)("A client that changes its registration on $name", ({ create }) => {
  const register = opened(() => createClientRegister(create));
  let node: ClientNode;
  let other: ClientNode;
  const redirect_uris = ["https://self.example/callback"];

  beforeEach(async () => {
    register.elsewhere.meanwhile = () => Promise.resolve();
    node = await register.node();
    other = await register.node();
  });

  /** A client of its own, and how it changes itself. */
  async function selfRegistered(metadata: object = {}) {
    const { token } = await node.registration.invite("operator", noon + 60, 1);
    const made = await node.registration.register(token, { redirect_uris, ...metadata });
    if (!made.accepted) throw new Error("it was refused");
    const { metadata: kept, registrationToken = "" } = made.value;
    const { client_id } = kept;
    const put = async (written: object) =>
      node.registration.update(client_id, registrationToken, {
        client_id,
        redirect_uris,
        ...written,
      });
    return { clientId: client_id, registrationToken, put };
  }

  it("is refused when it was disabled while what it names elsewhere was looked at", async () => {
    const { clientId, put } = await selfRegistered();
    register.elsewhere.meanwhile = () => other.registry.disable(clientId, "operator");
    expect(await put({ client_name: "Too late" })).toEqual({
      accepted: false,
      problems: [{ reason: "registration-token-refused" }],
    });
    expect(node.directory.entry(clientId)?.written).not.toContain("Too late");
  });

  it("is told a secret when the one that it had was ended meanwhile", async () => {
    const { clientId, registrationToken, put } = await selfRegistered();
    register.elsewhere.meanwhile = () => {
      register.elsewhere.meanwhile = () => Promise.resolve();
      const written = { client_id: clientId, redirect_uris, token_endpoint_auth_method: "none" };
      return other.registration.update(clientId, registrationToken, written);
    };
    const changed = await put({ client_name: "Back again" });
    const secret = changed.accepted ? changed.value.secret : undefined;
    expect(node.directory.secretMatches(clientId, secret ?? "")).toBe(true);
  });

  it("keeps the secret that it has", async () => {
    const { put } = await selfRegistered();
    expect(await put({ client_name: "Another" })).toMatchObject({
      accepted: true,
      value: { secret: undefined },
    });
  });

  it("is told its secret and its token though the clients cannot be read again", async () => {
    const { token } = await node.registration.invite("operator", noon + 60, 1);
    node.directory.reload = () => Promise.reject(new Error("the database is away"));
    const made = await node.registration.register(token, { redirect_uris });
    if (!made.accepted) throw new Error("it was refused");
    const { metadata, secret = "", registrationToken = "" } = made.value;
    await other.directory.refresh();
    expect(other.directory.secretMatches(metadata.client_id, secret)).toBe(true);
    const kept = await other.registration.read(metadata.client_id, registrationToken);
    expect(kept.accepted).toBe(true);
  });

  it("manages itself when every invitation is long forgotten", async () => {
    const { clientId, registrationToken } = await selfRegistered();
    expect(await node.registration.purge(noon + 10_000)).toBeGreaterThan(0);
    expect(await node.registration.invitations()).toEqual([]);
    const later = await register.node();
    expect(later.directory.isRegistrationOffered()).toBe(true);
    expect(later.directory.isRegistrationOpen()).toBe(false);
    expect((await later.registration.read(clientId, registrationToken)).accepted).toBe(true);
  });
});
