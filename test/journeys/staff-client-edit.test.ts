import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("staff edit a client, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });

  const register = async (clientId: string, changes: object = {}) => {
    const redirect_uris = [`https://${clientId}.example/callback`];
    const text = JSON.stringify({ client_id: clientId, redirect_uris, ...changes });
    const made = await provider.application.clientRegistry.register("new", text, "operator");
    return made.registered?.[0]?.secret ?? "";
  };
  const openForm = async (clientId: string) => {
    await admin.open(`/admin/clients/${clientId}`);
    await admin.browser.click("Modifier le client");
    return admin.browser;
  };
  const served = (clientId: string) => provider.application.clients.find(clientId);

  it("shows the difference before it counts, then changes what was shown", async () => {
    const secret = await register("compta", { client_name: "Comptabilité" });
    const browser = await openForm("compta");
    expect(browser.page.h1).toBe("Modifier un client");
    expect(browser.page.find("#redirect_uris")?.text).toContain("https://compta.example/callback");
    const redirects = "https://compta.example/callback\r\nhttps://compta.example/retour";
    await browser
      .fill({ client_name: "Comptabilité Plus", redirect_uris: redirects })
      .submit("Voir les différences");
    expect(browser.page).toMatchObject({ status: 200, h1: "Vérifier les différences" });
    expect(browser.page.findAll("form.language")).toEqual([]);
    expect(browser.page.text).toContain("Réglages modifiés : 2");
    expect(browser.page.text).toContain("restent valables");
    expect(served("compta")?.client_name).toBe("Comptabilité");
    await browser.submit("Modifier le client");
    expect(browser.page).toMatchObject({ status: 200, h1: "Comptabilité Plus" });
    expect(browser.page.text).toContain("Le client est modifié.");
    expect(served("compta")?.redirect_uris).toHaveLength(2);
    expect(provider.application.clients.secretMatches("compta", secret)).toBe(true);
    const { entries } = await provider.application.audit.page({ actor: admin.sub }, { limit: 5 });
    expect(entries[0]).toMatchObject({ name: "client-updated", clientId: "compta" });
  });

  it("goes back to the form with what was typed", async () => {
    await register("retour");
    const browser = await openForm("retour");
    await browser.fill({ client_name: "À revoir" }).submit();
    await browser.submit("Corriger");
    expect(browser.page.h1).toBe("Modifier un client");
    expect(browser.page.find("#client_name")?.attribute("value")).toBe("À revoir");
    expect(served("retour")?.client_name).toBeUndefined();
  });

  it("says beside each field what is wrong with it, and keeps what was typed", async () => {
    await register("faux");
    const browser = await openForm("faux");
    const typed = { redirect_uris: "ftp://faux.example/", rest: '{"requirepkce": true}' };
    await browser.fill(typed).submit();
    expect(browser.page).toMatchObject({ status: 422, h1: "Modifier un client" });
    expect(browser.page.find("#redirect_uris-error")?.text).toContain("must be an https address");
    expect(browser.page.find("#rest-error")?.text).toContain("did you mean require_pkce");
    expect(browser.page.find("#redirect_uris")?.text).toContain("ftp://faux.example/");
    await browser.fill({ rest: "{" }).submit();
    expect(browser.page.find("#rest-error")?.text).toContain("must be a JSON object");
    const summary = browser.page.findAll(".error-summary a").map(({ text }) => text);
    expect(summary).toContain(
      "« Autres réglages, en JSON » est à corriger : la règle est indiquée à côté du champ.",
    );
  });

  it("overwrites nothing that another admin changed meanwhile, and shows it", async () => {
    await register("commun", { client_name: "Départ" });
    const other = await newColleague(provider, "admin");
    const browser = await openForm("commun");
    await browser.fill({ client_name: "Le mien" }).submit();
    await other.open("/admin/clients/commun/edit");
    await other.browser.fill({ scope: "openid" }).submit();
    await other.browser.submit("Modifier le client");
    await browser.submit("Modifier le client");
    expect(browser.page).toMatchObject({ status: 422, h1: "Modifier un client" });
    expect(browser.page.text).toContain("modifié entre-temps");
    expect(served("commun")).toMatchObject({ client_name: "Départ", scope: "openid" });
    await browser.submit();
    expect(browser.page.text).toContain("scope");
  });

  it("takes back nothing that another admin changed since the page was opened", async () => {
    await register("ouvert", { client_name: "Départ" });
    const other = await newColleague(provider, "admin");
    const browser = await openForm("ouvert");
    await other.open("/admin/clients/ouvert/edit");
    await other.browser.fill({ client_name: "Le sien" }).submit();
    await other.browser.submit("Modifier le client");
    await browser.fill({ scope: "openid", rest: "{" }).submit();
    expect(browser.page.text).toContain("must be a JSON object");
    await browser.fill({ rest: "" }).submit();
    expect(browser.page).toMatchObject({ status: 422, h1: "Modifier un client" });
    expect(browser.page.text).toContain("modifié entre-temps");
    expect(browser.page.find("#scope")?.attribute("value")).toBe("openid");
    await browser.submit();
    expect(browser.page.h1).toBe("Vérifier les différences");
    expect(browser.page.text).toContain("Le sien");
    await browser.submit("Corriger");
    await browser.fill({ client_name: "Le sien" }).submit();
    await browser.submit("Modifier le client");
    expect(browser.page.text).toContain("Le client est modifié.");
    expect(served("ouvert")).toMatchObject({ client_name: "Le sien", scope: "openid" });
  });

  it("shows a secret that it makes, once, and says what ends", async () => {
    await register("public", { token_endpoint_auth_method: "none" });
    const browser = await openForm("public");
    await browser.fill({ token_endpoint_auth_method: "client_secret_basic" }).submit();
    expect(browser.page.text).toContain("perdent leur valeur");
    expect(browser.page.text).toContain("Un secret est créé");
    await browser.submit("Modifier le client");
    const secret = browser.page.findAll("pre.document")[0]?.text ?? "";
    expect(provider.application.clients.secretMatches("public", secret)).toBe(true);
    expect((await admin.open("/admin/clients/public")).html).not.toContain(secret);
  });

  it("says where a declared client stands, and does not edit it", async () => {
    const page = await admin.open("/admin/clients/portal");
    expect(page.text).toContain("Déclaré dans");
    expect(page.text).not.toContain("Modifier le client");
    expect((await admin.open("/admin/clients/portal/edit")).h1).toBe("Service portal");
    const text = JSON.stringify({ client_id: "portal", redirect_uris: ["https://x.example/"] });
    await admin.post("/admin/clients/portal/edit", { document: text, version: "" });
    expect(admin.browser.page.h1).toBe("Service portal");
    for (const unknown of ["unknown", "mon-compte"]) {
      expect((await admin.open(`/admin/clients/${unknown}/edit`)).status).not.toBe(200);
    }
  });

  it("says of a client that registered itself that it may replace all of it", async () => {
    const { clientRegistration, clock } = provider.application;
    const later = clock.epochSeconds() + 3600;
    const { token } = await clientRegistration.invite("operator", later, 1);
    const made = await clientRegistration.register(token, {
      redirect_uris: ["https://seul.example/callback"],
    });
    if (!made.accepted) throw new Error(made.problems[0].reason);
    const { client_id: clientId } = made.value.metadata;
    const browser = await openForm(clientId);
    expect(browser.page.text).toContain("s'est enregistré lui-même");
  });
});
