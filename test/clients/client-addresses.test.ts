import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  calledRule,
  loginStartRule,
  pageRule,
  redirectRule,
} from "../../src/clients/client-addresses.ts";

const web = { production: true, native: false };
const native = { production: true, native: true };

describe("a redirect address of a web application in production", () => {
  it.each([
    "https://of.example/callback",
    "https://of.example",
    "https://of.example:8443/callback?tenant=1",
    "https://OF.example:443/callback",
    "http://localhost:3001/callback",
    "http://127.0.0.1/callback",
    "http://[::1]:3001/callback",
  ])("may be %s", (address) => {
    expect(redirectRule(address, web)).toBeUndefined();
  });

  it.each([
    ["/callback", "must be an absolute address, such as https://example.org/callback"],
    ["of.example/callback", "must be an absolute address, such as https://example.org/callback"],
    ["https://of.example/cb#top", "must have no fragment: remove # and what follows"],
    ["https://of.example/cb#", "must have no fragment: remove # and what follows"],
    ["https://*.example/cb", "must have no wildcard: list every address in full"],
    ["https://of.example/*", "must have no wildcard: list every address in full"],
    [
      "https://of.example@evil.example/",
      "must have no user name or password: remove what precedes @",
    ],
    ["https://@of.example/", "must have no user name or password: remove what precedes @"],
    ["https:of.example/callback", "must begin with https:// or http:// and a host"],
    ["https:///of.example/callback", "must begin with https:// or http:// and a host"],
    ["http://0x7f.1/callback", "must name its host plainly, as 127.0.0.1"],
    ["https://of%2eexample/callback", "must name its host plainly, as of.example"],
    [
      "http://of.example/callback",
      "must be https: plain http is for loopback addresses and for development",
    ],
    [
      "http://localhost.example/callback",
      "must be https: plain http is for loopback addresses and for development",
    ],
    [
      "fr.example.app:/callback",
      'must be an https address; a scheme of its own needs "application_type": "native"',
    ],
    [
      "javascript:alert(1)",
      'must be an https address; a scheme of its own needs "application_type": "native"',
    ],
  ])("may not be %s", (address, rule) => {
    expect(redirectRule(address, web)).toBe(rule);
  });

  it.each([
    ["a space around it", " https://of.example/callback"],
    ["a backslash", "https://of.example\\@evil.example/"],
    ["a tab inside", "https://of.exa\tmple/callback"],
    ["a letter that is not ASCII", "https://of.example/rappelé"],
    ["a percent sign that escapes nothing", "https://of.example/%zz"],
    ["a brace", "https://of.example/{id}"],
  ])("may not hold %s", (_what, address) => {
    expect(redirectRule(address, web)).toBe(
      "must be written in the characters of an address (RFC 3986): percent-encode all others",
    );
  });

  it("may have 2000 characters, and not one more", () => {
    const address = "https://of.example/".padEnd(2000, "a");
    expect(redirectRule(address, web)).toBeUndefined();
    expect(redirectRule(`${address}a`, web)).toBe("must be no longer than 2000 characters");
  });
});

describe("a redirect address in development", () => {
  it("may be plain http of a web application, on any host", () => {
    const rules = { production: false, native: false };
    expect(redirectRule("http://of.test:8080/callback", rules)).toBeUndefined();
  });

  it("may not be plain http of a native application beyond its own machine", () => {
    const rules = { production: false, native: true };
    expect(redirectRule("http://of.test/callback", rules)).toBe(
      "must be https, or http on a loopback address (RFC 8252 §7.3)",
    );
  });
});

describe("a redirect address of a native application (RFC 8252 §7)", () => {
  it.each([
    "fr.example.app:/callback",
    "fr.example.app://callback",
    "http://127.0.0.1/callback",
    "https://app.example/callback",
  ])("may be %s", (address) => {
    expect(redirectRule(address, native)).toBeUndefined();
  });

  it.each([
    [
      "myapp:/callback",
      "must have as scheme a domain name in reverse, such as fr.example.app:/callback (RFC 8252 §7.1)",
    ],
    [
      "data:text/html,hello",
      "must have as scheme a domain name in reverse, such as fr.example.app:/callback (RFC 8252 §7.1)",
    ],
    ["fr.example.app://user@callback", "must have no user name or password"],
    [
      "https://localhost/callback",
      "must not be https on a loopback address: a native application listens on http (RFC 8252 §7.3)",
    ],
  ])("may not be %s", (address, rule) => {
    expect(redirectRule(address, native)).toBe(rule);
  });
});

describe("the address of a page", () => {
  it.each(["https://of.example/#/home", "http://of.example/legal"])("may be %s", (address) => {
    expect(pageRule(address)).toBeUndefined();
  });

  it.each([
    ["ftp://of.example/", "must be an https or http address"],
    ["javascript:alert(1)", "must be an https or http address"],
    ["https://me:pw@of.example/", "must have no user name or password: remove what precedes @"],
  ])("may not be %s", (address, rule) => {
    expect(pageRule(address)).toBe(rule);
  });
});

describe("initiate_login_uri", () => {
  it("is https (OpenID Connect Core §4)", () => {
    expect(loginStartRule("https://of.example/login")).toBeUndefined();
    expect(loginStartRule("http://localhost:3001/login")).toBe(
      "must be https (OpenID Connect Core §4); a client without https gives client_uri instead",
    );
  });
});

describe("an address that the provider calls", () => {
  it("is https in production", () => {
    expect(calledRule("http://of.example/jwks", { production: true })).toBe(
      "must be https: http is for development only",
    );
    expect(calledRule("http://of.example/jwks", { production: false })).toBeUndefined();
    expect(calledRule("https://of.example/jwks", { production: true })).toBeUndefined();
  });

  it("has no fragment (OpenID Connect Back-Channel Logout §2.2)", () => {
    expect(calledRule("https://of.example/logout#now", { production: true })).toBe(
      "must have no fragment: remove # and what follows",
    );
  });
});

describe("every rule of addresses", () => {
  it("answers any text without throwing", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withFragments: true }), fc.string({ unit: "binary" })),
        fc.boolean(),
        fc.boolean(),
        (address, isProduction, isNative) => {
          redirectRule(address, { production: isProduction, native: isNative });
          loginStartRule(address);
          return calledRule(address, { production: isProduction }) === undefined
            ? URL.canParse(address)
            : true;
        },
      ),
    );
  });
});
