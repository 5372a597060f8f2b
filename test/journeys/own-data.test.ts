import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { readFileSync } from "node:fs";
import { expectRefused } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { enrolSecondFactor } from "../support/second-factor.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("a person's own data, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function signedIn(person: Person, path = "/account/data"): Promise<BrowserAgent> {
    await person.browser.open(`${provider.issuer}${path}`);
    await person.signIn();
    return person.browser;
  }

  /** The file, as the person's browser receives it. */
  async function download({ cookies }: BrowserAgent) {
    const url = new URL("/account/data/download", provider.issuer);
    const cookie = cookies.header(url) ?? "";
    return fetch(url, { headers: { cookie }, redirect: "manual" });
  }

  it("shows one's sign-ins, the refused too, the newest first", async () => {
    const person = await newPerson(provider, sirets[0]);
    const { browser } = person;
    await provider.party("portal").login(browser);
    await browser.fill({ email: person.email, password: "un-autre-mot-de-passe" }).submit();
    await person.signIn();
    await browser.open(`${provider.issuer}/account/data`);
    expect(browser.page).toMatchObject({ status: 200, h1: "Mes données" });
    expect(browser.page.findAll(".entries .choice-name").map(({ text }) => text)).toEqual([
      "Connexion réussie",
      "Connexion refusée",
    ]);
    expect(browser.page.text).toContain("Service : Service portal.");
    expect(browser.page.text).toContain("Réseau : 127.0.0.0/24.");
  });

  it("shows nobody else's", async () => {
    await signedIn(await newPerson(provider));
    const { page } = await signedIn(await newPerson(provider));
    expect(page.findAll(".entries .choice-name")).toHaveLength(1);
  });

  it("gives all that every room knows as one JSON file, and no secret", async () => {
    const person = await newPerson(provider, sirets[0], sirets[1]);
    await provider.closeAccess(person.email, sirets[1]);
    const browser = await signedIn(person, "/account/security/application");
    const { secret, recoveryCodes } = await enrolSecondFactor(browser);
    const answer = await download(browser);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("content-disposition")).toContain('filename="lopcommerce.json"');
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const text = await answer.text();
    const data = JSON.parse(text) as Record<string, unknown>;
    expect(data).toMatchObject({
      account: {
        sub: person.sub,
        email: person.email,
        given_name: "Jeanne",
        family_name: "Durand",
        email_verified_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      second_factors: { recovery_codes_left: 10, passkeys: [] },
      sessions: [{ services: [] }],
      known_browsers: [{ last_used_at: expect.any(String) }],
    });
    // They were never changed.
    expect(data["account"]).not.toHaveProperty("credentials_changed_at");
    const accesses = data["accesses"] as { siret: string; state: string }[];
    expect(accesses.map(({ siret, state }) => [siret, state]).sort()).toEqual([
      [sirets[0], "open"],
      [sirets[1], "ended"],
    ]);
    const events = (data["events"] as { name: string }[]).map(({ name }) => name);
    expect(events).toEqual(expect.arrayContaining(["signed-in", "second-factor-added"]));
    const mails = (data["mails"] as { name: string }[]).map(({ name }) => name);
    expect(mails).toEqual(expect.arrayContaining(["second-factors/turned-on"]));
    for (const hidden of [secret, ...recoveryCodes, goodPassword, "$argon2"]) {
      expect(text).not.toContain(hidden);
    }
    const { entries } = await provider.application.audit.page(
      { person: { sub: person.sub } },
      { limit: 1 },
    );
    expect(entries[0]?.name).toBe("data-downloaded");
  });

  it("has every part of the contract, whoever it is and whatever there is of them", async () => {
    const browser = await signedIn(await newPerson(provider));
    const data = (await (await download(browser)).json()) as Record<string, unknown>;
    const contract = readFileSync(new URL("../../docs/contract.md", import.meta.url), "utf8");
    const [, parts = ""] = /its parts: ([^.]+)\./.exec(contract) ?? [];
    const named = [...parts.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(Object.keys(data).sort()).toEqual([...named].sort());
    expect(data["request_notices"]).toEqual({ choice: "none" });
  });

  it("is given to who signed in within 15 minutes alone", async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(now);
    const browser = await signedIn(await newPerson(provider));
    fakeDate(now + 900_000);
    expect((await download(browser)).status).toBe(200);
    fakeDate(now + 901_000);
    const late = await download(browser);
    expect(late.status).toBe(303);
    expect(late.headers.get("location")).toBe("/sign-in?return_to=/account/data&fresh=1");
    expect((await download(new BrowserAgent())).status).toBe(303);
  });

  describe("deleted", () => {
    const accountAt = (email: string) => provider.application.administration.find(email);

    it("is erased after the password was given, with every session, token and trace", async () => {
      const person = await newPerson(provider, sirets[0]);
      const login = await provider.party("portal").login(person.browser);
      await person.signIn();
      const { tokens } = await login.signedIn();
      const { browser } = person;
      await browser.open(`${provider.issuer}/account/data`);
      await browser.click("Supprimer mon compte");
      expect(browser.page).toMatchObject({ status: 200, h1: "Supprimer mon compte" });
      expect((await accountAt(person.email)).accepted).toBe(true);
      await browser.fill({ current_password: goodPassword }).submit();
      expect(browser.page).toMatchObject({ status: 200, h1: "Compte supprimé" });
      expect((await accountAt(person.email)).accepted).toBe(false);
      // Whoever comes to this browser next sends no form in the name of who has left.
      expect(browser.cookies.all().map(({ name }) => name)).not.toContain("account-sender");
      await expect(provider.party("portal").refresh(tokens.refresh_token ?? "")).rejects.toThrow();
      await browser.open(`${provider.issuer}/account`);
      expect(browser.page.h1).toBe("Connexion");
      await person.signIn();
      expect(browser.page.status).toBe(422);
      const { entries } = await provider.application.audit.page(
        { person: { sub: person.sub } },
        { limit: 2 },
      );
      expect(entries.map(({ name }) => name)).toEqual(["access-closed", "account-deleted"]);
    });

    it("is kept when the password is wrong or missing, and each guess is counted", async () => {
      const person = await newPerson(provider);
      const browser = await signedIn(person, "/account/deletion");
      await browser.fill({ current_password: "" }).submit();
      expectRefused(browser.page, { current_password: "Saisissez votre mot de passe actuel." });
      for (let guess = 0; guess < 5; guess += 1) {
        await browser.fill({ current_password: "un-autre-mot-de-passe" }).submit();
        expectRefused(browser.page, {
          current_password: "Ce n'est pas votre mot de passe actuel.",
        });
      }
      await browser.fill({ current_password: goodPassword }).submit();
      expect(browser.page.status).toBe(429);
      expect((await accountAt(person.email)).accepted).toBe(true);
    });

    it("takes no form of another site, nor of nobody", async () => {
      const person = await newPerson(provider);
      const browser = await signedIn(person);
      const path = `${provider.issuer}/account/deletion`;
      const form = { current_password: goodPassword };
      expect((await browser.post(path, form, "https://evil.example/")).status).toBe(403);
      const nobody = new BrowserAgent();
      await nobody.post(path, form, path);
      expect(nobody.page.h1).toBe("Connexion");
      expect((await accountAt(person.email)).accepted).toBe(true);
    });
  });
});
