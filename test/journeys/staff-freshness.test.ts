import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { StaffRole } from "../../src/accounts/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { enrolSecondFactor, totpCode } from "../support/second-factor.ts";
import { softwareAuthenticator } from "../support/software-authenticator.ts";
import {
  type Colleague,
  markSecondFactor,
  newColleague,
  staffAtWork,
  typeEnrolmentCode,
} from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const confirm = "Confirmez que c'est vous";
const check = "Vérification en deux étapes";
const goOn = "Reprendre où vous en étiez";
const minutes = 60_000;

/** Who works goes on working; who comes back confirms who they are, and finds what they had sent. */
describe.each(databases)("the freshness of staff, on $name", (kind) => {
  let provider: TestProvider;
  const start = Math.floor(Date.now() / 1000) * 1000;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const at = (minute: number) => fakeDate(start + minute * minutes);
  /** A member of staff with an authenticator of their own, who has just signed in. */
  const atWork = async (role: StaffRole): Promise<Colleague & { readonly secret: string }> => {
    at(0);
    const person = await newPerson(provider);
    await provider.application.administration.setRole(person.email, role, "operator");
    await person.browser.open(`${provider.issuer}/admin`);
    await person.signIn();
    await typeEnrolmentCode(provider, person, person.browser);
    const { secret } = await enrolSecondFactor(person.browser);
    return { ...staffAtWork(provider, person), secret };
  };
  /** Gives the password and a code, at the page that asks for them. */
  const confirms = async ({ browser, email, secret }: Colleague & { readonly secret: string }) => {
    expect(browser.page.h1).toBe(confirm);
    expect(browser.page.find("#email")?.attribute("value")).toBe(email);
    await browser.fill({ password: goodPassword }).submit();
    expect(browser.page.h1).toBe(check);
    await browser.fill({ code: totpCode(secret) }).submit();
  };
  const openTo = async (sub: string) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);

  it("keeps what is sent when they have signed in since by less than it takes", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    const path = `/admin/accounts/${sub}/open`;
    await agent.open(path);
    const header = agent.browser.cookies.header(new URL(provider.issuer)) ?? "";
    const cookies = header.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1));
    // In another tab, to another service, by a passkey alone.
    await markSecondFactor(provider, cookies, ["hwk", "mfa"]);
    await agent.browser.fill({ siret_list: sirets[0], reason: "appel" }).submit();
    at(1);
    await confirms(agent);
    expect(agent.browser.page).toMatchObject({ status: 200, h1: goOn });
  });

  it("leads back to a client whose identifier is an address", async () => {
    const admin = await atWork("admin");
    const redirect_uris = ["https://app.example/callback"];
    const text = JSON.stringify({ client_id: "https://app.example/", redirect_uris });
    await provider.application.clientRegistry.register("new", text, "operator");
    at(16);
    const path = "/admin/clients/https%3A%2F%2Fapp.example%2F/edit";
    await admin.open(path);
    await confirms(admin);
    expect(admin.browser.page.url).toBe(provider.issuer + path);
    expect(admin.browser.page.h1).toBe("Modifier un client");
  });

  it("goes on with their work for eight hours, and no longer", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    const path = `/admin/accounts/${sub}/open`;
    for (let minute = 14; minute < 480; minute += 14) {
      at(minute);
      await agent.open("/admin");
    }
    expect((await agent.open(path)).status).toBe(200);
    expect(agent.browser.page.url).toBe(`${provider.issuer}${path}`);
    at(481);
    await agent.open(path);
    expect(agent.browser.page.h1).toBe(confirm);
  });

  it("ends after an hour without any", async () => {
    const reader = await atWork("reader");
    at(60);
    expect((await reader.open("/admin")).url).toBe(`${provider.issuer}/admin`);
    at(120);
    expect((await reader.open("/admin")).url).toBe(`${provider.issuer}/admin`);
    at(181);
    await reader.open("/admin");
    expect(reader.browser.page.h1).toBe(confirm);
  });

  it("ends after an hour without any, at every page of ours and at relying parties", async () => {
    const reader = await atWork("reader");
    const stopBefore = [provider.party("portal").origin];
    const party = new BrowserAgent({ stopBefore, cookies: reader.browser.cookies });
    const client = plainClient(provider, "portal");
    const silent = async () => {
      await client.authorize(party, { prompt: "none" });
      return client.answer(party.page).get("error") ?? "signed in";
    };
    at(50);
    expect(await client.code(party)).not.toBe("");
    // Its person was there; a page that asks by itself is nobody.
    at(100);
    expect(await silent()).toBe("signed in");
    at(111);
    expect(await silent()).toBe("login_required");
    expect((await reader.open("/account")).h1).toBe(confirm);
    expect((await reader.open("/account/requests")).h1).toBe(confirm);
    expect((await reader.open("/account/security")).h1).toBe(confirm);
    await reader.post("/account/profile", { given_name: "Autre", family_name: "Nom" });
    expect(reader.browser.page.h1).toBe(confirm);
    await provider.application.database.knex("kept_forms").delete();
    await client.authorize(party);
    expect(party.page.h1).toBe("Connexion");
    await reader.signIn(party);
    await party.fill({ code: totpCode(reader.secret) }).submit();
    expect(client.answer(party.page).get("code")).toBeTruthy();
    expect(await silent()).toBe("signed in");
  });

  it("is of staff alone: everybody else's session lives on", async () => {
    at(0);
    const person = await newPerson(provider);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    at(300);
    await person.browser.open(`${provider.issuer}/account`);
    expect(person.browser.page.h1).toBe("Mon compte");
    expect(person.browser.cookies.all().some(({ name }) => name.includes("staff"))).toBe(false);
  });

  it("shows a preview again at a reload and in another language, as long as nothing was done", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    at(16);
    await agent.post(`/admin/accounts/${sub}/open/preview`, {
      ...{ siret_list: sirets[0], until: "", reason: "appel" },
    });
    await confirms(agent);
    const kept = agent.browser.page.url;
    const heading = (await agent.browser.submit("Continuer")).h1;
    expect(agent.browser.page.status).toBe(200);
    // A reload sends it again.
    expect(await agent.post(kept.replace(provider.issuer, ""))).toMatchObject({
      status: 200,
      h1: heading,
    });
    await agent.browser.submit("English");
    expect(agent.browser.page).toMatchObject({ status: 200, lang: "en" });
    await agent.browser.submit("Continue");
    await agent.browser.page.form("#act").submit();
    expect(agent.browser.page.url).toContain("done=opened");
    expect(await openTo(sub)).toEqual([sirets[0]]);
  });

  it("tells of what waits on the first page, until its own was looked at", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    at(16);
    const form = { siret_list: "", sirets: sirets[0], until: "", reason: "appel" };
    await agent.post(`/admin/accounts/${sub}/open`, form);
    // They leave it there, and come back to work by another way.
    await agent.open("/admin");
    expect(agent.browser.page.find(".notice")?.text).toContain("attend que vous le confirmiez");
    await agent.browser.click("ouvrir des accès");
    expect(agent.browser.page).toMatchObject({ status: 200, h1: goOn });
    await agent.open("/admin");
    expect(agent.browser.page.find(".notice")).toBeUndefined();
  });

  it("shows a form whose list was searched again at a reload, with all that was typed", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider, sirets[0], sirets[1]);
    at(16);
    await agent.post(`/admin/accounts/${sub}/close`, {
      ...{ [`siret-${sirets[0]}`]: "on", reason: "départ" },
      ...{ q: "", search: sirets[1], page: "1" },
    });
    await confirms(agent);
    const kept = agent.browser.page.url.replace(provider.issuer, "");
    for (let presses = 0; presses < 2; presses += 1) {
      const page = await agent.post(kept);
      expect(page).toMatchObject({ status: 200, h1: "Fermer des accès" });
      expect(page.find("[name=reason]")?.attribute("value")).toBe("départ");
      expect(page.find(`[name=siret-${sirets[0]}]`)?.attribute("checked")).toBeDefined();
    }
  });

  it("asks about several requests again at a reload, with what was ticked", async () => {
    const agent = await atWork("agent");
    const person = await newPerson(provider);
    const { accounts, accessRequests } = provider.application;
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("the account is gone");
    const asked = await accessRequests.ask({ account, sirets: sirets[0], message: "" });
    const box = `request-${asked.accepted ? asked.value.request.id : 0}`;
    at(16);
    await agent.post("/admin/requests/decide/preview", { [box]: "on", decision: "accept" });
    await confirms(agent);
    const kept = agent.browser.page.url.replace(provider.issuer, "");
    for (let presses = 0; presses < 2; presses += 1) {
      const page = await agent.post(kept);
      expect([page.status, page.find(`[name=${box}]`)?.attribute("value")]).toEqual([200, "on"]);
    }
  });

  it("keeps what was previewed, which is carried out once", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    const form = { siret_list: sirets[0], until: "", reason: "appel" };
    const preview = await agent.post(`/admin/accounts/${sub}/open/preview`, form);
    expect(preview.status).toBe(200);
    at(16);
    await agent.post(`/admin/accounts/${sub}/open`, { ...form, siret_list: "", sirets: sirets[0] });
    await confirms(agent);
    expect(agent.browser.page.h1).toBe(goOn);
    expect(agent.browser.page.text).toContain("ouvrir des accès");
    const [person] = await provider.application.accounts.findAllBySub([sub]);
    expect(agent.browser.page.text).toContain(person?.email);
    const kept = agent.browser.page.url;
    expect(await openTo(sub)).toEqual([]);
    await agent.browser.submit();
    expect(agent.browser.page.url).toContain(`/admin/accounts/${sub}?done=opened`);
    expect(await openTo(sub)).toEqual([sirets[0]]);
    await agent.browser.open(kept);
    expect(agent.browser.page.status).toBe(410);
    expect((await agent.post(kept.replace(provider.issuer, ""))).status).toBe(410);
  });

  it("shows a form with a fault again, filled, and a list as it was sent", async () => {
    const agent = await atWork("agent");
    const { sub, email } = await newPerson(provider);
    at(16);
    await agent.post(`/admin/accounts/${sub}/close`, { siret: sirets[0], reason: "x".repeat(600) });
    await confirms(agent);
    await agent.browser.submit();
    expect(agent.browser.page.status).not.toBe(200);
    at(33);
    await agent.post("/admin/import/preview", { accesses: `email;siret\n${email};${sirets[1]}\n` });
    await confirms(agent);
    await agent.browser.submit();
    expect(agent.browser.page.text).toContain(email);
    expect(agent.browser.page.status).toBe(200);
  });

  it("is of no use for roles, factors, clients, deletion and export: the proof alone counts", async () => {
    const admin = await atWork("admin");
    const { sub } = await newPerson(provider);
    at(10);
    await admin.open("/admin");
    at(16);
    expect((await admin.open(`/admin/accounts/${sub}/open`)).h1).not.toBe(confirm);
    for (const path of [
      "/admin/members",
      `/admin/members/${sub}/enrolment-code`,
      "/admin/clients/new",
      `/admin/accounts/${sub}/delete`,
      "/admin/audit/export/json",
    ]) {
      expect([path, (await admin.post(path)).h1]).toEqual([path, confirm]);
    }
  });

  it("keeps a form for whom it is of alone, and sealed", async () => {
    const agent = await atWork("agent");
    const { sub } = await newPerson(provider);
    at(16);
    const reason = "une raison que personne ne lit";
    await agent.post(`/admin/accounts/${sub}/close`, { siret: sirets[0], reason });
    await confirms(agent);
    const path = agent.browser.page.url.replace(provider.issuer, "");
    const rows = await provider.application.database.knex("kept_forms").select<object[]>();
    expect(JSON.stringify(rows)).not.toContain(reason);
    expect(JSON.stringify(rows)).not.toContain(path.split("/").at(-1));
    const other = await newColleague(provider, "admin");
    expect((await other.open(path)).status).toBe(410);
    expect((await other.post(path)).status).toBe(410);
    at(80);
    await provider.application.purge({ allow: new Set(["jump"]) });
    const theirs = { account_sub: agent.sub };
    expect(await provider.application.database.knex("kept_forms").where(theirs)).toEqual([]);
  });

  describe("keeps what was sent after the session had ended", () => {
    const signedOut = ({ cookies }: BrowserAgent) => {
      for (const { name } of cookies.all()) if (/^session/.test(name)) cookies.clear(name);
    };
    const form = { siret_list: "", sirets: sirets[0], until: "", reason: "appel" };
    const rows = async () => {
      const { knex } = provider.application.database;
      return Number((await knex("kept_forms").count({ rows: "*" }))[0]?.["rows"]);
    };

    it("which its person alone finds behind the sign-in, and carries out with a press", async () => {
      const agent = await atWork("agent");
      const { sub } = await newPerson(provider);
      await agent.open("/admin");
      signedOut(agent.browser);
      await agent.post(`/admin/accounts/${sub}/open`, form);
      expect(agent.browser.page.h1).toBe("Connexion");
      // A colleague signs in at this browser instead.
      const other = await atWork("admin");
      at(1);
      const shared = new BrowserAgent({ cookies: agent.browser.cookies });
      await shared.open(agent.browser.page.url);
      await other.signIn(shared);
      await shared.fill({ code: totpCode(other.secret) }).submit();
      expect(shared.page.status).toBe(410);
      expect(await openTo(sub)).toEqual([]);
      signedOut(agent.browser);
      at(2);
      await agent.open("/admin");
      await agent.signIn();
      await agent.browser.fill({ code: totpCode(agent.secret) }).submit();
      const kept = shared.page.url;
      await agent.browser.open(kept);
      expect(agent.browser.page.h1).toBe(goOn);
      await agent.browser.submit();
      expect(await openTo(sub)).toEqual([sirets[0]]);
    });

    it("and nothing of who was never there, nor of what was sent before a change that voids", async () => {
      const before = await rows();
      const stranger = new BrowserAgent();
      const path = `${provider.issuer}/admin/accounts/of-nobody/open`;
      await stranger.open(`${provider.issuer}/signup`);
      await stranger.post(path, form, `${provider.issuer}/admin`);
      expect(await rows()).toBe(before);
      const agent = await atWork("agent");
      await agent.open("/admin");
      await provider.application.administration.endSessions(agent.email, "operator");
      const { sub } = await newPerson(provider);
      await agent.post(`/admin/accounts/${sub}/open`, form);
      expect(await rows()).toBe(before);
      at(1);
      await agent.signIn();
      await agent.browser.fill({ code: totpCode(agent.secret) }).submit();
      expect(agent.browser.page).toMatchObject({
        status: 410,
        h1: "Votre envoi n'a pas été gardé",
      });
      expect(await openTo(sub)).toEqual([]);
    });

    it("and twenty of one person at most", async () => {
      const agent = await atWork("agent");
      await agent.open("/admin");
      signedOut(agent.browser);
      const before = await rows();
      for (let count = 0; count < 22; count += 1)
        await agent.post("/admin/accounts/nobody/open", form);
      expect(await rows()).toBe(before + 20);
    });
  });

  it("of who turns off their last factor is asked first, with what it will mean", async () => {
    const admin = await atWork("admin");
    await admin.open("/account/security");
    await admin.post("/account/security/application/remove");
    expect(admin.browser.page.h1).toMatch(/^Retirer votre dernier moyen de vérification/);
    expect(admin.browser.page.text).toContain("code d'enrôlement");
    expect(await provider.application.secondFactors.has(admin.sub)).toBe(true);
    await admin.browser.submit("Le retirer quand même");
    expect(admin.browser.page.h1).toBe("Ma sécurité");
    expect(await provider.application.secondFactors.has(admin.sub)).toBe(false);
  });

  describe("of who holds two factors", () => {
    const removeAction = (id: string | undefined) =>
      `/account/security/${id === undefined ? "application" : `passkeys/${id}`}/remove`;
    /** Turns another passkey on, beside what is held. */
    const anotherPasskey = async ({ sub }: Colleague) => {
      const { accounts, secondFactors } = provider.application;
      const [account] = await accounts.findAllBySub([sub]);
      if (!account) throw new Error("nobody");
      const device = softwareAuthenticator(provider.issuer);
      const request = await secondFactors.passkeys.proposeEnrolment(account);
      const outcome = await secondFactors.passkeys.enrol(account, device.create(request), "clé");
      expect(outcome.accepted).toBe(true);
    };
    const heldBy = async (sub: string) => {
      const { secondFactors } = provider.application;
      const { totpSince } = await secondFactors.held(sub);
      const passkeys = await secondFactors.passkeys.list(sub);
      const ids = passkeys.map(({ credentialId }) => credentialId);
      return totpSince === undefined ? ids : [undefined, ...ids];
    };

    it("and turns both off in two tabs at once, one stays", async () => {
      const secondOfTwo = [
        "Ma sécurité",
        "Retirer votre dernier moyen de vérification ?",
        "Connexion",
        "Votre demande de connexion a expiré",
        "Votre envoi n'a pas été gardé",
      ];
      for (let round = 0; round < 4; round += 1) {
        const admin = await atWork("admin");
        await anotherPasskey(admin);
        const held = await heldBy(admin.sub);
        expect(held).toHaveLength(2);
        const tabs = held.map((id) => ({
          browser: new BrowserAgent({ cookies: admin.browser.cookies }),
          path: `${provider.issuer}${removeAction(id)}`,
        }));
        await Promise.all(
          tabs.map(({ browser, path }) =>
            browser.post(path, { confirmed: "1" }, `${provider.issuer}/account/security`),
          ),
        );
        const isDone = ({ browser: { page } }: (typeof tabs)[number]) =>
          page.text.includes("Ce moyen de vérification est retiré.");
        // The second is asked whether it may be the last; or stands behind the sign-in, if the first had ended its session; or
        // finds its factor where it was. None is told that it is gone while it is not.
        const others = tabs.filter((tab) => !isDone(tab)).map(({ browser }) => browser.page.h1);
        expect(others).not.toHaveLength(0);
        for (const title of others) expect(secondOfTwo).toContain(title);
        expect(await heldBy(admin.sub)).toHaveLength(1);
      }
    });

    it("and asks for new recovery codes in three tabs at once, ten are good", async () => {
      const admin = await atWork("admin");
      const { accounts, secondFactors } = provider.application;
      const [account] = await accounts.findAllBySub([admin.sub]);
      if (!account) throw new Error("nobody");
      for (let round = 0; round < 4; round += 1) {
        await Promise.all([1, 2, 3].map(() => secondFactors.renewRecoveryCodes(account)));
        expect((await secondFactors.held(admin.sub)).recoveryCodesLeft).toBe(10);
      }
    });
  });
});
