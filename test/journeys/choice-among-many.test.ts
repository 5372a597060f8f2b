import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Person, newPerson } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const many = manySirets(2000);
const [first = "", second = "", third = ""] = many;
const distant = many[1700] ?? "";
const twin = many[1701] ?? "";

describe.each(databases)("the choice among two thousand establishments, on $name", (kind) => {
  let provider: TestProvider;
  const email = "deux.mille@partenaire.test";
  let browser: BrowserAgent;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {}, other: {} } });
    const { id } = await provider.addAccount(email);
    const names = new Map(
      many.map((siret, place) => [siret as never, `Centre nº ${String(place + 1)}`]),
    );
    names.set(distant as never, "L’Atelier d'Œuvre – Cœur");
    names.set(twin as never, "L'ATELIER D'OEUVRE - COEUR");
    const { accesses, database } = provider.application;
    const command = { account: { id }, sirets: many as never[], names, by: "operator" };
    expect((await accesses.open(command)).accepted).toBe(true);
    const address = (siret: string, text: string) =>
      database.knex("establishments").where({ siret }).update({ address: text });
    await address(distant, "4 RUE DU PONT 60000 BEAUVAIS");
    await address(twin, "12 QUAI DE L'ILL 67000 STRASBOURG");
    await address(first, "1 PLACE DU MARCHÉ 75001 PARIS");
  });
  beforeEach(() => {
    browser = new BrowserAgent();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const signIn = async (party = "portal", parameters: Readonly<Record<string, string>> = {}) => {
    const login = await provider
      .party(party)
      .login(browser, { scope: "openid siret", ...parameters });
    if (browser.page.find("#password"))
      await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    return login;
  };
  const shown = () => browser.page.findAll(".choice").map(({ text }) => text);
  const search = (q: string) => browser.page.form(".narrowing").fill({ q }).submit();
  /** What was chosen until now was so a second before. */
  const aSecondPasses = () =>
    provider.application.database
      .knex("accesses")
      .whereNotNull("last_chosen_at")
      .decrement("last_chosen_at", 1);
  const choose = (siret: string) => browser.page.form().fill({ siret }).submit("Continuer");

  it("shows twenty of them, by SIREN, in a page under 60 kB with a search", async () => {
    await signIn();
    expect(browser.page.h1).toBe("Choisir un établissement");
    expect(shown()).toHaveLength(20);
    expect(shown()[0]).toBe(`Centre nº 1 SIRET ${grouped(first)}`);
    expect(browser.page.text).toContain("Les 20 premiers de 2 000, sur 2 000 établissements");
    expect(Buffer.byteLength(browser.page.html)).toBeLessThan(60_000);
  });

  it("finds them by name, SIRET and town, each as people write it", async () => {
    await signIn();
    const searches: Readonly<Record<string, readonly string[]>> = {
      "atelier oeuvre coeur": [distant, twin],
      "L'Atelier d’Œuvre – Cœur": [distant, twin],
      [grouped(distant)]: [distant],
      [distant.slice(9)]: [distant],
      beauvais: [distant],
      "strasbourg atelier": [twin],
      marseille: [],
    };
    for (const [typed, expected] of Object.entries(searches)) {
      await search(typed);
      const values = browser.page.findAll(".choice input").map((each) => each.attribute("value"));
      expect([typed, values]).toEqual([typed, expected]);
      expect(browser.page.find("#q")?.attribute("value")).toBe(typed);
      expect(browser.page.find("#primary")?.text).toBe("Continuer");
    }
  });

  it("tells establishments of one name apart by their address, and no other", async () => {
    await signIn();
    await search("atelier");
    expect(shown()).toEqual([
      `L’Atelier d'Œuvre – Cœur 4 RUE DU PONT 60000 BEAUVAIS SIRET ${grouped(distant)}`,
      `L'ATELIER D'OEUVRE - COEUR 12 QUAI DE L'ILL 67000 STRASBOURG SIRET ${grouped(twin)}`,
    ]);
    await search("marché");
    expect(shown()).toEqual([`Centre nº 1 SIRET ${grouped(first)}`]);
  });

  it("shows the last chosen first, marks the current one and keeps it by one button", async () => {
    const login = await signIn();
    await search("beauvais");
    await choose(distant);
    expect((await login.signedIn()).userinfo["siret"]).toBe(distant);
    const again = await signIn("portal", { prompt: "select_establishment" });
    expect(shown()[0]).toContain(grouped(distant));
    expect(shown()[0]).toContain("actuel");
    expect(shown().filter((text) => text.includes("actuel"))).toHaveLength(1);
    await search("centre nº 2");
    expect(browser.page.text).toContain(
      `Actuellement : L’Atelier d'Œuvre – Cœur ${grouped(distant)}`,
    );
    await browser.submit("Garder cet établissement");
    expect((await again.signedIn()).userinfo["siret"]).toBe(distant);
    await aSecondPasses();
    const later = await signIn("portal", { prompt: "select_establishment" });
    await choose(third);
    await later.signedIn();
    await signIn("other");
    expect(
      shown()
        .slice(0, 3)
        .map((text) => text.slice(-17)),
    ).toEqual([third, distant, first].map(grouped));
    expect(browser.page.text).not.toContain("actuel");
  });

  it("counts what a client named as used last", async () => {
    await aSecondPasses();
    const login = await signIn("portal", { siret_hint: twin });
    expect((await login.signedIn()).userinfo["siret"]).toBe(twin);
    await signIn("portal", { prompt: "select_establishment" });
    expect(shown()[0]).toContain(grouped(twin));
  });

  it("asks again when nothing, or what is not open, was sent, and offers another account", async () => {
    await signIn();
    await browser.submit("Continuer");
    expect(browser.page.status).toBe(422);
    const forged = browser.page.form().forge({ siret: "55208131766522" });
    expect((await forged.submit("Continuer")).text).toContain(
      "Cet établissement ne vous est pas ouvert.",
    );
    await browser.submit("Changer de compte");
    expect(browser.page.h1).toBe("Connexion");
  });

  it("asks again in the list that was looked for", async () => {
    await signIn();
    await search("beauvais");
    await browser.submit("Continuer");
    expect(browser.page.status).toBe(422);
    expect(browser.page.find("#q")?.attribute("value")).toBe("beauvais");
    expect(shown()).toEqual([expect.stringContaining(grouped(distant))]);
  });

  it("leads on when the last one was closed while the page waited", async () => {
    const person: Person = await newPerson(provider, first, second);
    const login = await provider.party("portal").login(browser, { scope: "openid siret" });
    await person.signIn(browser);
    await provider.closeAccess(person.email, first, second);
    await browser.fill({ siret: first }).submit("Continuer");
    expect((await login.signedIn()).userinfo).not.toHaveProperty("siret");
  });
});

function grouped(siret: string): string {
  return siret.replace(/^(...)(...)(...)/, "$1 $2 $3 ");
}
