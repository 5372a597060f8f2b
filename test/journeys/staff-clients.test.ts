import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const metadata = {
  client_id: "compta",
  client_name: "Comptabilité Plus",
  redirect_uris: ["https://compta.example/callback"],
  scope: "openid siret",
};

describe.each(databases)("staff and clients, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;
  const register = async (changes: object = {}) => {
    await admin.open("/admin/clients");
    await admin.browser.click("Ajouter un client");
    await admin.browser
      .fill({ metadata: JSON.stringify({ ...metadata, ...changes }) })
      .submit("Enregistrer le client");
    return admin.browser.page;
  };
  const secretShown = () => admin.browser.page.findAll("pre.document")[0]?.text ?? "";
  const isSecretOf = (clientId: string, secret: string) =>
    provider.application.clients.secretMatches(clientId, secret);
  const actions = async (clientId: string) =>
    (await provider.application.audit.page({ actor: admin.sub }, { limit: 100 })).entries.flatMap(
      ({ name, clientId: about }) => (about === clientId ? [name] : []),
    );

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it("shows declared clients, whose metadata are changed in their file", async () => {
    await admin.open("/admin/clients");
    await admin.browser.click("Service portal");
    const { page } = admin.browser;
    expect(page.text).toContain("Ce client est déclaré dans un fichier");
    expect(page.text).not.toContain("Renouveler le secret");
    expect(page.html).not.toContain(provider.clientSecret);
    expect((await admin.open("/admin/clients/unknown")).status).toBe(404);
    expect((await admin.open("/admin/clients/mon-compte")).status).toBe(404);
  });

  it("registers one, and shows its secret once, to who registered it", async () => {
    const page = await register();
    expect(page).toMatchObject({ status: 200, h1: "Comptabilité Plus" });
    expect(page.hops[0]).toMatchObject({ method: "POST", status: 303 });
    expect(page.hops[0]?.location).not.toContain("secret");
    const secret = secretShown();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(isSecretOf("compta", secret)).toBe(true);
    const again = await admin.open("/admin/clients/compta");
    expect(again.html).not.toContain(secret);
    expect(again.text).toContain("Enregistré");
    expect(await actions("compta")).toEqual(["client-registered"]);
  });

  it("takes ${NAME} for plain text, on every page and at rest", async () => {
    const client_name = "${ENCRYPTION_KEYS} ${PORTAL_URL}";
    const page = await register({ client_id: "curieux", client_name });
    expect(page).toMatchObject({ status: 200, h1: client_name });
    const [key = Buffer.alloc(0)] = provider.application.settings.encryptionKeys;
    const rows: unknown = await provider.application.database.knex("clients");
    for (const text of [page.html, JSON.stringify(rows)]) {
      expect(text).not.toContain(key.toString("base64url"));
    }
  });

  it("shows nobody a secret that was left for another", async () => {
    await register({ client_id: "indiscret" });
    const url = new URL("/admin/clients/indiscret", provider.issuer);
    await fetch(new URL(`${url.pathname}/rotate-secret`, url), {
      ...{ method: "POST", redirect: "manual" },
      headers: { cookie: admin.browser.cookies.header(url) ?? "" },
    }).then((answer) => {
      admin.browser.cookies.store(url, answer.headers.getSetCookie());
    });
    const left = (admin.browser.cookies.header(url) ?? "")
      .split("; ")
      .filter((cookie) => cookie.startsWith("client-secret"));
    expect(left).toHaveLength(2);
    const other = await newColleague(provider, "admin");
    const session = other.browser.cookies.header(url) ?? "";
    const answer = await fetch(url, { headers: { cookie: [session, ...left].join("; ") } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain("Nouveau secret");
    await admin.open("/admin/clients/indiscret");
    expect(isSecretOf("indiscret", secretShown())).toBe(true);
  });

  it("shows a secret for two minutes, to the second", async () => {
    for (const [seconds, isShown] of [
      [119, true],
      [121, false],
    ] as const) {
      await register({ client_id: `lent-${seconds}` });
      const url = new URL(`/admin/clients/lent-${seconds}`, provider.issuer);
      const now = Date.now();
      fakeDate(now);
      const answer = await fetch(new URL(`${url.pathname}/rotate-secret`, url), {
        ...{ method: "POST", redirect: "manual" },
        headers: { cookie: admin.browser.cookies.header(url) ?? "" },
      });
      // Sent by hand: a browser forgets the cookie by itself.
      const left = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
      const cookie = [admin.browser.cookies.header(url), ...left].join("; ");
      fakeDate(now + seconds * 1000);
      const page = await (await fetch(url, { headers: { cookie } })).text();
      jest.useRealTimers();
      expect([seconds, page.includes("Nouveau secret")]).toEqual([seconds, isShown]);
    }
  });

  it("names every problem of metadata that are refused, and registers nothing", async () => {
    const page = await register({ client_id: "faux", redirect_uris: ["ftp://x"], dance: true });
    expect(page).toMatchObject({ status: 422, h1: "Ajouter un client" });
    expect(page.text).toContain("redirect_uris[0]");
    expect(page.text).toContain("dance");
    expect(page.find("#metadata")?.text).toContain("ftp://x");
    for (const [typed, sentence] of [
      [" ", "Saisissez les métadonnées du client."],
      ["[{}]", "Enregistrez un client à la fois"],
      ["{", "Ces métadonnées sont à corriger"],
    ] as const) {
      await admin.browser.fill({ metadata: typed }).submit();
      expect(admin.browser.page.status).toBe(422);
      expect(admin.browser.page.text).toContain(sentence);
    }
    expect(provider.application.clients.list().map(({ clientId }) => clientId)).not.toContain(
      "faux",
    );
  });

  it("rotates a secret, disables, enables and removes, each under the name of who did it", async () => {
    await register({ client_id: "cycle" });
    const first = secretShown();
    await admin.browser.click("Renouveler le secret");
    expect(admin.browser.page.findAll(".effects dd").map(({ text }) => text)).toEqual(["0"]);
    await admin.browser.submit("Renouveler le secret");
    const second = secretShown();
    expect(second).not.toBe(first);
    expect([isSecretOf("cycle", first), isSecretOf("cycle", second)]).toEqual([true, true]);
    await provider.application.artifacts.freezeEstablishment(
      "a grant",
      { accountId: "somebody", clientId: "cycle", siret: undefined },
      60,
    );
    await admin.browser.click("Désactiver le client");
    expect(admin.browser.page.h1).toBe("Désactiver ce client ?");
    expect(admin.browser.page.findAll(".effects dd").map(({ text }) => text)).toEqual(["1"]);
    await admin.browser.submit("Désactiver le client");
    expect(admin.browser.page.text).toContain("tout lui est refusé");
    expect(provider.application.clients.find("cycle")).toBeUndefined();
    await admin.post("/admin/clients/cycle/disable");
    expect(admin.browser.page.text).toContain("Rien n'a changé");
    await admin.browser.submit("Réactiver le client");
    expect(provider.application.clients.find("cycle")).toBeDefined();
    await admin.browser.click("Supprimer le client");
    expect(admin.browser.page.h1).toBe("Supprimer ce client ?");
    await admin.browser.submit();
    expect(admin.browser.page.text).toContain("Le client est supprimé.");
    expect(await actions("cycle")).toEqual([
      "client-removed",
      "client-enabled",
      "client-disabled",
      "client-secret-rotated",
      "client-registered",
    ]);
    expect(await admin.post("/admin/clients/portal/remove")).toMatchObject({
      h1: "Service portal",
    });
    expect(admin.browser.page.text).toContain("Rien n'a changé");
    await admin.post("/admin/clients/portal/rotate-secret");
    expect(admin.browser.page.text).toContain("Rien n'a changé");
  });
});
