import { describe, expect, it } from "@jest/globals";
import { clientSecretMatches, newClientSecret } from "../../src/clients/client-secret.ts";
import { digest, systemRandom } from "../../src/foundation/index.ts";
import { linesOf, confidential, secret } from "./fixtures.ts";

const own = digest(secret);
const other = digest("Another-s3cret-of-the-same-client-0123456789");

describe("clientSecretMatches", () => {
  it("knows the secret of the client", () => {
    expect(clientSecretMatches([own], secret)).toBe(true);
  });

  it("knows each of two during a rotation", () => {
    expect(clientSecretMatches([other, own], secret)).toBe(true);
    expect(clientSecretMatches([own, other], secret)).toBe(true);
  });

  it.each([
    ["another", secret.replace("S", "s")],
    ["its beginning", secret.slice(0, -1)],
    ["more than it", `${secret}a`],
    ["nothing", ""],
    ["its digest", own],
  ])("refuses %s", (_what, presented) => {
    expect(clientSecretMatches([own, other], presented)).toBe(false);
  });

  it("refuses everything for a client without a secret", () => {
    expect(clientSecretMatches([], "")).toBe(false);
    expect(clientSecretMatches([], secret)).toBe(false);
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
