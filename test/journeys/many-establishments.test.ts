import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { callerWith } from "../api/api-client.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const api = "https://api.lopcommerce.test/formations";
const rsaApi = "https://api.lopcommerce.test/conventions";
const many = manySirets(2000);
const chosen = many[1234] ?? "";
const longName =
  "Centre de formation d'apprentis des métiers de la boulangerie, de la pâtisserie et de l'hôtellerie-restauration de Saint-Rémy-lès-Chevreuse";
const machine = { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] };

describe.each(databases)("somebody with two thousand establishments, on $name", (kind) => {
  let provider: TestProvider;
  const email = "une.personne.au.nom.sans.fin@groupement-des-organismes-de-formation.test";

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        verbose: {
          id_token_claims: true,
          scope:
            "openid profile email siret establishment establishments offline_access formations:read",
        },
        crm: { ...machine, scope: "access:read" },
        twenty: { ...machine, scope: "formations:read", sirets: many.slice(0, 20) },
        "groupement-des-organismes-de-formation": {
          ...{ ...machine, scope: "formations:read conventions:read conventions:write" },
          sirets: many.slice(0, 20),
        },
        more: { ...machine, scope: "formations:read", sirets: many },
      },
      resources: [
        { resource: api, name: "Formations", scope: "formations:read" },
        {
          ...{ resource: rsaApi, name: "Conventions", scope: "conventions:read conventions:write" },
          access_token_signing_alg: "RS256",
        },
      ],
    });
    const { id } = await provider.addAccount(email, {
      givenName: "Marie-Françoise-Élisabeth Éléonore",
      familyName: "de La Rochefoucauld-Doudeauville-Montmorency",
    });
    const { accesses } = provider.application;
    const names = new Map(many.map((siret) => [siret as never, longName]));
    const sirets = many as never[];
    const opened = await accesses.open({ account: { id }, sirets, names, by: "operator" });
    expect(opened.accepted).toBe(true);
  });
  afterAll(async () => {
    await provider.stop();
  });

  const machineToken = async (clientId: string, fields: Readonly<Record<string, string>>) => {
    const basic = Buffer.from(`${clientId}:${provider.clientSecret}`).toString("base64");
    const response = await fetch(`${provider.issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: "client_credentials", ...fields }),
    });
    return String(((await response.json()) as { access_token?: string }).access_token);
  };

  it("gets no token over 2 kB, no cookie and no header over 4 kB, and all of them at userinfo", async () => {
    const browser = new BrowserAgent({ stopBefore: [provider.party("verbose").origin] });
    const client = plainClient(provider, "verbose");
    const hops: BrowserAgent["page"]["hops"][number][] = [];
    const authorized = async (parameters: Readonly<Record<string, string>>) => {
      const code = await client.code(browser, parameters, async () => {
        hops.push(...browser.page.hops);
        if (browser.page.find("#password")) {
          await browser.fill({ email, password: goodPassword }).submit();
          hops.push(...browser.page.hops);
        }
        await browser.page.form(".narrowing").fill({ q: chosen }).submit();
        hops.push(...browser.page.hops);
        await browser.page.form().fill({ siret: chosen }).submit("Continuer");
        hops.push(...browser.page.hops);
      });
      return (await client.redeem(code)).body;
    };
    const everywhere = { establishments: null, establishment_name: null, email: null };
    const plain = await authorized({
      siret: chosen,
      claims: JSON.stringify({ id_token: everywhere, userinfo: everywhere }),
      scope: "openid profile email siret establishment establishments",
    });
    const jwt = await authorized({
      resource: api,
      prompt: "select_establishment",
      scope: "openid profile email siret establishment establishments formations:read",
    });
    const tokens = [plain, jwt].flatMap((body) => Object.entries(body)).filter(isToken);
    expect(tokens.map(([name]) => name)).toEqual(
      expect.arrayContaining(["id_token", "access_token", "refresh_token"]),
    );
    for (const [name, token] of tokens) expect([name, token.length < 2000]).toEqual([name, true]);
    const named = { siret: chosen, siren: chosen.slice(0, 9), establishment_name: longName };
    expect(payloadOf(jwt["access_token"])).toMatchObject(named);
    expect(payloadOf(plain["id_token"])).toMatchObject({ ...named, email });
    for (const token of [jwt["access_token"], plain["id_token"]]) {
      expect(payloadOf(token)).not.toHaveProperty("establishments");
    }
    for (const { requestHeaders, headers } of hops) {
      const lines = Object.values({ ...requestHeaders, ...headers }).flat();
      expect(lines.every((line = "") => line.length < 4000)).toBe(true);
    }
    const answer = await fetch(`${provider.issuer}/me`, {
      headers: { authorization: `Bearer ${String(plain["access_token"])}` },
    });
    const userinfo = (await answer.json()) as { establishments: { siret: string }[] };
    expect(userinfo.establishments.map(({ siret }) => siret)).toEqual(many);
  });

  it("a machine client's token names twenty, and none of more than that", async () => {
    const fields = { resource: api, scope: "formations:read" };
    const twenty = payloadOf(await machineToken("twenty", fields));
    expect(twenty["establishments"]).toHaveLength(20);
    const sizeAt = async (resource: string, scope: string) =>
      (await machineToken("groupement-des-organismes-de-formation", { resource, scope })).length;
    expect(await sizeAt(api, "formations:read")).toBeLessThan(2000);
    // The one kind that may be a little more: a signature of RS256 has 342 characters, one of ES256 has 86.
    expect(await sizeAt(rsaApi, "conventions:read conventions:write")).toBeLessThan(2200);
    const more = await machineToken("more", fields);
    expect(payloadOf(more)).not.toHaveProperty("establishments");
    expect(more.length).toBeLessThan(2000);
  });

  it("a machine client reads its own at the API, and its resource server those of a client", async () => {
    const resource = `${provider.issuer}/api/v1`;
    const own = callerWith(provider, await machineToken("more", { resource }));
    const { status, body } = await own.get("/establishments");
    expect(status).toBe(200);
    expect(body["establishments"]).toEqual(
      many.map((siret) => ({ siret, siren: "130025265", name: longName })),
    );
    expect((await own.get("/establishments?client_id=twenty")).status).toBe(403);
    expect((await own.get("/accesses")).status).toBe(403);
    const crm = callerWith(provider, await machineToken("crm", { resource, scope: "access:read" }));
    expect((await crm.get("/establishments")).body).toEqual({ establishments: [] });
    const ofTwenty = await crm.get("/establishments?client_id=twenty");
    expect(ofTwenty.body["establishments"]).toHaveLength(20);
    expect((await crm.get("/establishments?client_id=nobody")).status).toBe(404);
  });
});

function isToken(entry: [string, unknown]): entry is [string, string] {
  return ["id_token", "access_token", "refresh_token"].includes(entry[0]);
}

function payloadOf(token: unknown): Record<string, unknown> {
  const [, payload = ""] = String(token).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
}
