import Router from "@koa/router";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { ownFormName } from "../../src/accounts/kept-forms.ts";
import { databases } from "../support/databases.ts";
import { sentencesOf } from "../support/sentences.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What nobody is asked to sign in for: a form that was kept itself, and a link that carries its own proof. */
const never = new Set(["/account/kept/:id", "/admin/kept/:id", "/account/email/:token"]);

describe("a form that waits behind the sign-in has its name", () => {
  const posted = new Set<string>();
  let provider: TestProvider;

  beforeAll(async () => {
    const [kind] = databases;
    if (!kind) throw new Error("no database");
    const post = jest.spyOn(Router.prototype, "post");
    provider = await startTestProvider(kind);
    for (const [address] of post.mock.calls as unknown as (readonly [unknown])[])
      if (typeof address === "string" && !never.has(address)) posted.add(address);
    post.mockRestore();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it.each([
    ["one's own, in French", "/account/", "fr", "kept-form.of."],
    ["one's own, in English", "/account/", "en", "kept-form.of."],
    ["staff's, in French", "/admin/", "fr", "staff-kept-form.of."],
    ["staff's, in English", "/admin/", "en", "staff-kept-form.of."],
  ])("%s", (_whose, below, locale, prefix) => {
    const words = sentencesOf(locale);
    const named = Object.keys(words).filter((key) => key.startsWith(prefix));
    const expected = [...posted].filter((address) => address.startsWith(below));
    expect(expected.length).toBeGreaterThan(10);
    expect(named.sort()).toEqual(expected.map((address) => `${prefix}${address}`).sort());
  });

  it.each([
    ["/account/sessions/3f2a/end", "/account/sessions/:id/end"],
    ["/account/sessions/end-others", "/account/sessions/end-others"],
    ["/account/security/passkeys/C85M_u-4/remove", "/account/security/passkeys/:id/remove"],
    ["/account/security/passkeys/new", "/account/security/passkeys/new"],
  ])("whatever stands in its address: %s", (path, name) => {
    expect(ownFormName({ path })).toBe(name);
  });
});
