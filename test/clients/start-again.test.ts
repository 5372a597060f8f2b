import { describe, expect, it } from "@jest/globals";
import { startAgainUrl, wayBack } from "../../src/clients/start-again.ts";

const whence = { issuer: "https://auth.example", portalUrl: "https://portal.example" };

describe("where « Se connecter » leads after a validation or a recovery (contract §3)", () => {
  it("is the client's initiate_login_uri, with iss and login_hint (OpenID Connect Core §4)", () => {
    const client = {
      initiate_login_uri: "https://of.example/login?tenant=1",
      client_uri: "https://of.example",
    };
    expect(startAgainUrl(client, { ...whence, loginHint: "a+b@example.org" })).toBe(
      "https://of.example/login?tenant=1&iss=https%3A%2F%2Fauth.example&login_hint=a%2Bb%40example.org",
    );
    expect(startAgainUrl(client, whence)).toBe(
      "https://of.example/login?tenant=1&iss=https%3A%2F%2Fauth.example",
    );
  });

  it("is else the client's own page, with nothing added", () => {
    const client = { client_uri: "https://of.example/accueil" };
    expect(startAgainUrl(client, { ...whence, loginHint: "a@example.org" })).toBe(
      "https://of.example/accueil",
    );
  });

  it("is the portal when the client has no page, or none is known", () => {
    expect(startAgainUrl({}, whence)).toBe("https://portal.example");
    expect(startAgainUrl(undefined, whence)).toBe("https://portal.example");
  });

  it("is called by the client's name where it is the client's, and by none at the portal", () => {
    const names = { client_id: "of", client_name: "OF" };
    const addresses = [
      { initiate_login_uri: "https://of.example/login" },
      { client_uri: "https://of.example" },
    ];
    for (const address of addresses)
      expect(wayBack({ ...names, ...address }, whence).serviceName).toBe("OF");
    const portal = { url: "https://portal.example", serviceName: undefined };
    expect(wayBack(names, whence)).toEqual(portal);
    expect(wayBack(undefined, whence)).toEqual(portal);
  });
});
