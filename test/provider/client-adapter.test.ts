import { describe, expect, it } from "@jest/globals";
import type Provider from "oidc-provider";
import type { ClientMetadata } from "../../src/clients/index.ts";
import {
  type ServedClients,
  clientAdapter,
  isIssuedToServed,
  keepClients,
} from "../../src/provider/client-adapter.ts";

const metadata = (changes: object = {}) =>
  ({ client_id: "portal", scope: "openid", ...changes }) as ClientMetadata;

/** A directory that holds one client, which a test may replace. */
function directory(first: ClientMetadata | undefined, since: number | undefined = 0) {
  const held = { client: first };
  const clients: ServedClients = {
    find: () => held.client,
    servedSince: () => since,
    secretMatches: () => false,
  };
  return { held, clients };
}

describe("the library's client", () => {
  const options = { unusedSecret: "by chance", scopes: new Set(["openid"]) };

  it.each([
    ["client_secret_basic", "by chance"],
    ["client_secret_post", "by chance"],
    [undefined, "by chance"],
    ["none", undefined],
    ["private_key_jwt", undefined],
  ])("of the method %s has the secret %s, whatever its own is", async (method, secret) => {
    const named = { token_endpoint_auth_method: method, client_secret: undefined };
    const { clients } = directory(metadata(named));
    const payload = await clientAdapter(clients, options).find("portal");
    expect(payload).toMatchObject({ client_id: "portal" });
    expect(payload?.["client_secret"]).toBe(secret);
  });

  it("may have been declared without a scope", async () => {
    const { clients } = directory(metadata({ scope: undefined }));
    const payload = await clientAdapter(clients, options).find("portal");
    expect(payload).toMatchObject({ client_id: "portal" });
    expect(payload).not.toHaveProperty("scope");
  });

  it("is changed by nobody but the registry", async () => {
    const adapter = clientAdapter(directory(metadata()).clients, options);
    for (const change of [
      adapter.upsert("portal", {}, 1),
      adapter.consume("portal"),
      adapter.destroy("portal"),
    ])
      await expect(change).rejects.toThrow("ClientRegistry does");
  });

  /** `keepClients` on a library that makes a new client at each look-up. */
  function kept(
    clients: ServedClients,
    { whileMade = () => undefined, problem }: { whileMade?: () => void; problem?: string } = {},
  ) {
    let made = 0;
    const make = (): Promise<{ number: number } | undefined> => {
      whileMade();
      return Promise.resolve({ number: (made += 1) });
    };
    const Client: { find: (clientId: string) => ReturnType<typeof make> } = { find: make };
    const sectors = { problem: () => Promise.resolve(problem) };
    keepClients({ Client } as unknown as Provider, clients, sectors);
    return async () => (await Client.find("portal"))?.number;
  }

  it("is kept, with the keys it fetched, while the directory keeps what it was made of", async () => {
    const { held, clients } = directory(metadata());
    const find = kept(clients);
    expect([await find(), await find()]).toEqual([1, 1]);
    held.client = metadata({ scope: "openid email" });
    expect([await find(), await find()]).toEqual([2, 2]);
    held.client = undefined;
    expect(await find()).toBeUndefined();
  });

  it("is not kept when the directory changed while it was made", async () => {
    const [first, second] = [metadata(), metadata({ scope: "openid email" })];
    const { held, clients } = directory(first);
    const whileMade = () => {
      held.client = second;
    };
    const find = kept(clients, { whileMade });
    expect(await find()).toBe(1);
    // It may be made of either: what the directory holds now decides.
    held.client = first;
    expect(await find()).toBe(2);
  });

  it("is none while what its sector names has a problem", async () => {
    const { clients } = directory(metadata());
    await expect(kept(clients, { problem: "is unreachable" })()).rejects.toMatchObject({
      error_description: "sector_identifier_uri is unreachable",
    });
  });
});

describe("what was issued to a client", () => {
  it.each([
    ["in the second since which it is served", 100, 100, true],
    ["before", 99, 100, false],
    ["at a moment that nobody noted", undefined, 1, false],
    ["of a client that is served no more", 100, undefined, false],
  ])("counts: %s", (_when, iat, since, counts) => {
    const clients = { ...directory(undefined).clients, servedSince: () => since };
    // What was issued to no client is judged by none.
    expect(isIssuedToServed(clients, { clientId: undefined, iat })).toBe(true);
    expect(isIssuedToServed(clients, { clientId: "portal", iat })).toBe(counts);
  });
});
