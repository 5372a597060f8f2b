import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type BareProvider, startBareProvider } from "./bare-provider.ts";
import { BrowserAgent } from "./browser-agent.ts";
import { freePort } from "./free-port.ts";
import { type RelyingParty, startRelyingParty } from "./relying-party.ts";

let provider: BareProvider;
let party: RelyingParty;

beforeAll(async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const client = { clientId: "test", clientSecret: "a secret for tests only" };
  party = await startRelyingParty({ issuer, ...client, scope: "openid email offline_access" });
  provider = await startBareProvider(Number(new URL(issuer).port), [
    {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      redirect_uris: [party.redirectUri],
      post_logout_redirect_uris: [`${party.origin}/`],
      grant_types: ["authorization_code", "refresh_token"],
    },
  ]);
});

afterAll(async () => {
  await party.close();
  await provider.close();
});

describe("the test relying party", () => {
  it("signs in, reads the claims, refreshes, introspects and revokes", async () => {
    provider.answer = { claims: { email: "a@example.test" } };
    const browser = new BrowserAgent();
    const login = await party.login(browser, { prompt: "consent" });
    expect(browser.page.h1).toBe("Signed in");
    const { tokens, claims, userinfo } = await login.signedIn();
    expect(userinfo).toEqual({ sub: claims.sub, email: "a@example.test" });
    const refreshed = await party.refresh(tokens.refresh_token ?? "");
    expect(await party.introspect(refreshed.access_token)).toMatchObject({ active: true });
    await party.revoke(refreshed.access_token);
    expect(await party.introspect(refreshed.access_token)).toEqual({ active: false });
    await expect(party.refresh("unknown")).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("tells the error that the provider sent back", async () => {
    provider.answer = { error: "access_denied" };
    const login = await party.login(new BrowserAgent());
    expect(await login.refused()).toMatchObject({ error: "access_denied" });
    await expect(login.signedIn()).rejects.toThrow("not signed in");
  });

  it("leads to the provider to sign out, and back", async () => {
    provider.answer = { claims: {} };
    const browser = new BrowserAgent();
    const { tokens } = await (await party.login(browser)).signedIn();
    await browser.open(await party.endSessionUrl(tokens.id_token ?? ""));
    await browser.submit();
    expect(browser.page.url).toBe(`${party.origin}/`);
  });
});
