import { describe, expect, it } from "@jest/globals";
import { clientSecretMatches, newClientSecret } from "../../src/clients/index.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { linesOf, confidential, secret } from "./fixtures.ts";

describe("clientSecretMatches", () => {
  it("knows the secret of the client", () => {
    expect(clientSecretMatches(secret, secret)).toBe(true);
  });

  it.each([
    ["another", secret.replace("S", "s")],
    ["its beginning", secret.slice(0, -1)],
    ["more than it", `${secret}a`],
    ["nothing", ""],
  ])("refuses %s", (_what, presented) => {
    expect(clientSecretMatches(secret, presented)).toBe(false);
  });

  it("refuses everything for a client without a secret", () => {
    expect(clientSecretMatches(undefined, "")).toBe(false);
    expect(clientSecretMatches("", "")).toBe(false);
  });
});

describe("newClientSecret", () => {
  it("makes 256 bits that the validation accepts, never the same twice", () => {
    const made = newClientSecret(systemRandom);
    expect(Buffer.from(made, "base64url")).toHaveLength(32);
    expect(linesOf({ ...confidential, client_secret: made })).toEqual([]);
    expect(newClientSecret(systemRandom)).not.toBe(made);
  });
});
