import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { databases } from "../support/databases.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two, three] = sirets;

describe.each(databases)("scopes and claims (contract §5), on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        verbose: { id_token_claims: true },
        modern: { id_token_signed_response_alg: "ES256" },
        apart: { subject_type: "pairwise" },
        narrow: { scope: "openid email", id_token_claims: true },
        sealed: { scope: "openid email", userinfo_signed_response_alg: "RS256" },
        third: { scope: "openid email", first_party: false },
      },
    });
    const named = parseSiret(two);
    if (named.accepted) {
      await provider.application.accesses.describe(new Map([[named.value, "La Poste, Tours"]]));
    }
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Signs somebody new in, who chooses the second of three establishments when asked. */
  async function signedIn(client: string, parameters: Record<string, string>) {
    const person = await newPerson(provider, three, one, two);
    const login = await provider.party(client).login(person.browser, parameters);
    await person.signIn();
    if (person.browser.page.h1 === "Choisir un établissement") await person.choose(two);
    return { person, ...(await login.signedIn()) };
  }

  const profile = { given_name: "Jeanne", family_name: "Durand", name: "Jeanne Durand" };
  const everyOpen = [
    { siret: one, siren: "130025265" },
    { siret: two, siren: "356000000", name: "La Poste, Tours" },
    { siret: three, siren: "418166096" },
  ];

  it.each([
    ["openid", {}],
    ["openid profile", { ...profile, updated_at: expect.any(Number) }],
    ["openid siret", { siret: two }],
    [
      "openid establishment",
      { siret: two, siren: "356000000", establishment_name: "La Poste, Tours" },
    ],
    ["openid establishments", { establishments: everyOpen }],
  ])("says for « %s » exactly its claims, in userinfo only", async (scope, expected) => {
    const { person, claims, userinfo } = await signedIn("portal", { scope });
    expect(userinfo).toEqual({ sub: person.sub, ...expected });
    expect(Object.keys(claims).sort()).toEqual(
      ["acr", "amr", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sub"].filter(
        (name) => name in claims,
      ),
    );
  });

  it("says for « email » the address, in lower case and verified", async () => {
    const { person, userinfo } = await signedIn("portal", { scope: "openid email" });
    expect(userinfo).toEqual({ sub: person.sub, email: person.email, email_verified: true });
  });

  it("puts the scopes' claims, and no other, into the ID token of a client that declares it", async () => {
    const scope = "openid email establishment";
    const { person, claims, userinfo } = await signedIn("verbose", { scope });
    const expected = {
      email: person.email,
      email_verified: true,
      siret: two,
      siren: "356000000",
      establishment_name: "La Poste, Tours",
    };
    expect(claims).toMatchObject(expected);
    expect(claims).not.toHaveProperty("given_name");
    expect(claims).not.toHaveProperty("establishments");
    expect(userinfo).toEqual({ sub: person.sub, ...expected });
  });

  it("puts what the claims parameter asks where it asks for it", async () => {
    const asked = {
      id_token: { email: null, siret: { essential: true } },
      userinfo: { name: null },
    };
    const claims = JSON.stringify(asked);
    const result = await signedIn("portal", { scope: "openid", claims });
    expect(result.claims).toMatchObject({ email: result.person.email, siret: two });
    expect(result.claims).not.toHaveProperty("name");
    expect(result.userinfo).toEqual({ sub: result.person.sub, name: "Jeanne Durand" });
  });

  describe("asked by the claims parameter beyond the client's scopes", () => {
    const every = { email: null, name: null, siret: { essential: true }, establishments: null };
    const asked = { scope: "openid", claims: JSON.stringify({ id_token: every, userinfo: every }) };

    it.each(["narrow", "sealed"])(
      "are left out of every answer to %s, and not refused",
      async (id) => {
        // Three establishments are open: no question is asked for a SIRET that is not told.
        const person = await newPerson(provider, three, one, two);
        const client = plainClient(provider, id);
        const browser = new BrowserAgent({ stopBefore: [provider.party(id).origin] });
        const code = await client.code(browser, asked, () => person.signIn(browser));
        const { body } = await client.redeem(code);
        const bearer = { headers: { authorization: `Bearer ${String(body["access_token"])}` } };
        const answer = await (await fetch(`${provider.issuer}/me`, bearer)).text();
        for (const claims of [
          claimsOf(String(body["id_token"])),
          id === "sealed" ? claimsOf(answer) : (JSON.parse(answer) as object),
        ]) {
          expect(claims).toMatchObject({ email: person.email });
          for (const name of ["name", "siret", "establishments"])
            expect(claims).not.toHaveProperty(name);
        }
      },
    );

    it("stand on no consent page", async () => {
      const person = await newPerson(provider, one);
      await plainClient(provider, "third").authorize(person.browser, asked);
      await person.signIn();
      expect(person.browser.page.h1).toBe("Autoriser l'accès à vos données");
      expect(person.browser.page.text).toContain(person.email);
      expect(person.browser.page.text).not.toMatch(/SIRET|établissement|prénom/i);
    });

    it("are not told by a token from before the client lost a scope", async () => {
      const person = await newPerson(provider, one);
      const client = plainClient(provider, "portal");
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      const code = await client.code(browser, asked, () => person.signIn(browser));
      const { body } = await client.redeem(code);
      const { artifacts } = provider.application;
      const token = String(body["access_token"]);
      const moved = async (model: "AccessToken" | "Grant", jti: string) => {
        const { payload = {} } = (await artifacts.find(model, jti)) ?? {};
        const { accountId, grantId } = payload as { accountId?: string; grantId?: string };
        const kept = { payload: { ...payload, clientId: "narrow" }, accountId };
        await artifacts.put(model, jti, model === "Grant" ? kept : { ...kept, grantId }, 600);
        return grantId;
      };
      const grantId = await moved("AccessToken", token);
      await moved("Grant", grantId ?? "");
      const { body: told } = await userinfo(provider, token);
      expect(told).toEqual({ sub: person.sub, email: person.email });
    });
  });

  it("leaves the name of an establishment out when it is not known", async () => {
    const person = await newPerson(provider, one);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    const { userinfo } = await login.signedIn();
    expect(userinfo).toMatchObject({ siret: one, siren: "130025265" });
    expect(userinfo).not.toHaveProperty("establishment_name");
    expect(userinfo["establishments"]).toEqual([{ siret: one, siren: "130025265" }]);
  });

  it("keeps the subject for ever, and gives a pairwise client another one", async () => {
    const { person, claims } = await signedIn("portal", { scope: "openid" });
    expect(claims.sub).toBe(person.sub);
    const first = await provider.party("apart").login(person.browser, { scope: "openid" });
    const { sub } = (await first.signedIn()).claims;
    expect(sub).not.toBe(person.sub);
    const again = await provider.party("apart").login(person.browser, { scope: "openid" });
    expect((await again.signedIn()).userinfo.sub).toBe(sub);
  });

  it("signs with RS256 unless the client registered another algorithm", async () => {
    const usual = await signedIn("portal", { scope: "openid" });
    expect(headerOf(usual.tokens.id_token)["alg"]).toBe("RS256");
    const modern = await signedIn("modern", { scope: "openid" });
    expect(headerOf(modern.tokens.id_token)["alg"]).toBe("ES256");
  });

  it("says what is true when it is asked: a closed establishment leaves the list", async () => {
    const { person, tokens } = await signedIn("portal", { scope: "openid establishments siret" });
    await provider.closeAccess(person.email, one);
    const userinfo = await provider.party("portal").userinfo(tokens.access_token, person.sub);
    expect(userinfo).toMatchObject({ siret: two, establishments: everyOpen.slice(1) });
  });
});

function headerOf(idToken: string | undefined): Record<string, unknown> {
  const [header = ""] = (idToken ?? "").split(".");
  return JSON.parse(Buffer.from(header, "base64url").toString()) as Record<string, unknown>;
}

function claimsOf(jwt: string): object {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as object;
}
