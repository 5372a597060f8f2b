import { describe, expect, it } from "@jest/globals";
import type { Client, KoaContextWithOIDC } from "oidc-provider";
import { createJwtBounds } from "../../src/provider/jwt-bounds.ts";

const now = 1_800_000_000;
const issuer = "https://auth.example";
const bounds = createJwtBounds({ epochSeconds: () => now } as never);
const context = (proof: object = {}) =>
  ({
    get: () => `e30.${Buffer.from(JSON.stringify(proof)).toString("base64url")}.x`,
    oidc: { provider: { issuer }, urlFor: (name: string) => `${issuer}/${name}` },
  }) as unknown as KoaContextWithOIDC;
const clientOf = (metadata: unknown) => metadata as Client;
const others = clientOf({});
const fapi2 = clientOf({ profile: "fapi2" });
const par = `${issuer}/pushed_authorization_request`;

/** What is wrong with it; undefined for what is accepted. */
function refusal(judge: typeof bounds.clientAssertion, claims: object, client: Client) {
  try {
    judge(context(), claims as Record<string, unknown>, {}, client);
    return undefined;
  } catch (error) {
    const { error_detail: detail, error_description: description } = error as Record<
      string,
      unknown
    >;
    return detail ?? description;
  }
}

describe("a client assertion", () => {
  const usual = { aud: issuer, exp: now + 60 };

  it.each([
    ["nothing but an end", others, {}, undefined],
    [
      "an honest hour, of a clock 10 s ahead",
      others,
      { iat: now + 10, exp: now + 3610 },
      undefined,
    ],
    ["an hour and more", others, { exp: now + 3612 }, "exp must be at most 60 minutes ahead"],
    [
      "ten years, without iat",
      others,
      { exp: now + 315_360_000 },
      "exp must be at most 60 minutes",
    ],
    ["an end past every number", others, { exp: 1e20 }, "exp must be at most 60 minutes ahead"],
    ["an infinite end", others, { exp: Infinity }, "exp must be at most 60 minutes ahead"],
    ["a fraction", others, { exp: now + 59.5 }, undefined],
    ["five minutes, of a clock 10 s ahead", fapi2, { exp: now + 310 }, undefined],
    ["six minutes", fapi2, { exp: now + 360 }, "exp must be at most 5 minutes ahead of our clock"],
    ["iat 10 s ahead", fapi2, { iat: now + 10 }, undefined],
    ["nbf 61 s ahead", fapi2, { nbf: now + 61 }, "nbf is 61 s ahead of our clock"],
    ["iat 61 s ahead", others, { iat: now + 61 }, "iat is 61 s ahead of our clock"],
    ["an iat of last year", others, { iat: now - 31_536_000 }, undefined],
  ])("with %s", (_what, client, claims, rule) => {
    const found = refusal(bounds.clientAssertion, { ...usual, ...claims }, client);
    expect(found ?? "accepted").toContain(rule ?? "accepted");
  });

  it.each([
    ["the issuer", issuer, true, true],
    ["the token endpoint", `${issuer}/token`, true, false],
    ["the PAR endpoint", par, true, false],
    ["one in a list", [issuer], true, false],
    ["two in a list", [issuer, par], false, false],
    ["another server", "https://elsewhere.example", false, false],
    ["nothing", [], false, false],
  ])("for %s", (_what, aud, forOthers, forFapi) => {
    const accepts = (client: Client) =>
      refusal(bounds.clientAssertion, { ...usual, aud }, client) === undefined;
    expect([accepts(others), accepts(fapi2)]).toEqual([forOthers, forFapi]);
  });
});

describe("a request object", () => {
  const usual = { aud: [issuer, "https://elsewhere.example"], nbf: now, exp: now + 60 };

  it.each([
    ["two audiences", fapi2, {}, undefined],
    ["an hour", fapi2, { exp: now + 3600 }, undefined],
    [
      "more than an hour",
      fapi2,
      { exp: now + 3601 },
      "exp must be after nbf, by at most 60 minutes",
    ],
    ["no beginning", fapi2, { nbf: undefined }, "nbf is missing"],
    ["no end", fapi2, { exp: undefined }, "exp is missing"],
    ["no end, of another client", others, { exp: undefined, nbf: undefined }, undefined],
    ["more than an hour, of another client", others, { exp: now + 86_400 }, undefined],
    ["iat 61 s ahead", others, { iat: now + 61 }, "iat is 61 s ahead of our clock"],
  ])("with %s", (_what, client, claims, rule) => {
    const found = refusal(bounds.requestObject, { ...usual, ...claims }, client);
    expect(found ?? "accepted").toContain(rule ?? "accepted");
  });
});

describe("a proof of possession without a nonce", () => {
  it.each([
    [-61, true],
    [-60, false],
    [0, false],
    [10, false],
    [11, true],
    [1e20, true],
  ])("made %d s from now needs one: %s", (difference, needed) => {
    expect(bounds.proofNeedsNonce(context({ iat: now + difference }))).toBe(needed);
  });
});
