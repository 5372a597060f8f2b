import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("what a client would see, on $name", (kind) => {
  let provider: TestProvider;
  let reader: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: { establishment_required: true },
        verbose: { id_token_claims: true, scope: "openid email siret" },
        everything: { id_token_claims: true, scope: "openid siret establishments" },
        unbound: { scope: undefined },
        apart: { subject_type: "pairwise", scope: "openid profile establishments" },
      },
    });
    reader = await newColleague(provider, "reader");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const shownTo = async (person: Person, client: string, siret = "") => {
    const query = new URLSearchParams({ client, siret }).toString();
    return reader.open(`/admin/accounts/${person.sub}/claims?${query}`);
  };
  /** All claims that the page shows, of every scope. */
  const shownClaims = () =>
    Object.assign(
      {},
      ...reader.browser.page.findAll("pre.document").map(({ text }) => JSON.parse(text) as object),
    ) as Record<string, unknown>;

  it.each([
    ["portal", "openid profile email siret establishment establishments"],
    ["verbose", "openid email siret"],
    ["unbound", "openid profile email siret establishment establishments"],
    ["apart", "openid profile establishments"],
  ])("is what %s receives from userinfo", async (client, scope) => {
    const person = await newPerson(provider, one, two);
    const login = await provider.party(client).login(person.browser, { scope });
    await person.signIn();
    if (person.browser.page.h1 === "Choisir un établissement") await person.choose(two);
    const { userinfo } = await login.signedIn();
    await shownTo(person, client, two);
    expect(shownClaims()).toEqual(userinfo);
  });

  it("is asked for from the account's page, client by client", async () => {
    const person = await newPerson(provider, one);
    await reader.open(`/admin/accounts/${person.sub}`);
    await reader.browser.click("Ce que voit un client");
    expect(reader.browser.page.findAll("pre.document")).toEqual([]);
    expect(reader.browser.page.find("#siret")).toBeUndefined();
    await reader.browser.fill({ client: "verbose" }).submit();
    expect(reader.browser.page.text).toContain(
      "Reçu par «\u00a0Service verbose\u00a0»".replaceAll("\u00a0", " "),
    );
    expect(reader.browser.page.text).toContain("Dans le jeton d'identité et par userinfo.");
    expect(shownClaims()).toEqual({
      ...{ sub: person.sub, email: person.email, email_verified: true, siret: one },
    });
  });

  it("offers twenty of a great many with a search, and shows the first of their list, counted", async () => {
    const many = manySirets(212);
    const person = await newPerson(provider, ...many);
    const offered = () => reader.browser.page.findAll("#siret option");
    const page = await shownTo(person, "portal");
    expect(offered()).toHaveLength(20);
    expect(page.text).toContain("Trouvés : 212 sur 212");
    expect(shownClaims()["establishments"]).toHaveLength(20);
    expect(page.text).toContain("Et 192 de plus");
    expect(Buffer.byteLength(page.html)).toBeLessThan(30_000);
    const wanted = many[200] ?? "";
    await reader.browser.fill({ q: wanted }).submit();
    expect(offered().map((option) => option.attribute("value"))).toEqual([wanted]);
    expect(shownClaims()).toMatchObject({ siret: wanted });
    await reader.browser.fill({ q: "nulle part" }).submit();
    expect(reader.browser.page.text).toContain("Trouvés : 0 sur 212");
    expect(shownClaims()).toMatchObject({ siret: many[0] });
  });

  it("says that no token has the list of establishments, also of a client with all in its ID token", async () => {
    const person = await newPerson(provider, one, two);
    const page = await shownTo(person, "everything");
    expect(page.text).toContain("Dans le jeton d'identité et par userinfo.");
    expect(page.findAll("th").map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        "siret",
        "establishments Par userinfo seulement, jamais dans un jeton.",
      ]),
    );
  });

  it("says so when the client requires an establishment and none is open", async () => {
    const person = await newPerson(provider);
    const page = await shownTo(person, "portal");
    expect(page.text).toContain("Ce client exige un établissement");
    await shownTo(person, "verbose");
    expect(shownClaims()).toEqual({ sub: person.sub, email: person.email, email_verified: true });
    expect(reader.browser.page.text).toContain("Rien");
  });
});
