import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { mailTo, newAddress } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, holdSecondFactor, newColleague } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("staff help a person, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let admin: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: { establishment_required: true, service_name: "Portail OF" },
        unbound: { scope: undefined },
      },
    });
    agent = await newColleague(provider, "agent");
    admin = await newColleague(provider, "admin");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const pageOf = ({ sub }: Pick<Person, "sub">) => `/admin/accounts/${sub}`;
  const newest = async ({ sub }: Pick<Person, "sub">) =>
    (await provider.application.audit.page({ person: { sub } }, { limit: 1 })).entries[0];
  const rowOf = async ({ sub }: Pick<Person, "sub">) => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  const isIn = async ({ browser }: Person) =>
    (await browser.open(`${provider.issuer}/account`)).h1 === "Mon compte";
  const linkIn = (text: string) => /https?:\/\/\S+\/account\/email\/\S+/.exec(text)?.[0] ?? "";

  it("resets a lost second factor, for a reason: its person is told, and sessions end", async () => {
    const person = await newPerson(provider);
    await provider.application.database
      .knex("totp_factors")
      .insert({ account_sub: person.sub, secret: "sealed", last_step: 0, created_at: 1 });
    await agent.open(pageOf(person));
    expect(agent.browser.page.text).toContain("Application d'authentification");
    await agent.browser.click("Réinitialiser");
    expect(agent.browser.page.h1).toBe("Réinitialiser la vérification en deux étapes ?");
    await agent.browser.fill({ reason: " \u200b" }).submit();
    expect(agent.browser.page.status).toBe(422);
    expect(await provider.application.secondFactors.has(person.sub)).toBe(true);
    const before = await rowOf(person);
    await agent.browser.fill({ reason: "Rappelée au standard" }).submit();
    expect(agent.browser.page.text).toContain("Les seconds facteurs sont retirés");
    expect(agent.browser.page.text).toContain("Aucun second facteur n'est activé.");
    expect(await provider.application.secondFactors.has(person.sub)).toBe(false);
    expect((await rowOf(person)).credentials).not.toBe(before.credentials);
    expect(await newest(person)).toMatchObject({
      ...{ name: "second-factor-removed", actor: agent.sub },
      details: { reason: "Rappelée au standard" },
    });
    await mailTo(provider, person.email, "Vérification en deux étapes réinitialisée");
    await agent.post(`${pageOf(person)}/factors/reset`, { reason: "encore" });
    expect(agent.browser.page.text).toContain("Un collègue l'avait déjà fait");
  });

  it("shows the code of a colleague once, to the admin who resets theirs", async () => {
    const colleague = await newPerson(provider);
    await provider.application.administration.setRole(colleague.email, "agent", "operator");
    await holdSecondFactor(provider, colleague);
    expect((await agent.open(`${pageOf(colleague)}/factors/reset`)).status).toBe(403);
    await admin.open(`${pageOf(colleague)}/factors/reset`);
    expect(admin.browser.page.text).toContain("un code d'enrôlement est créé et montré une fois");
    await admin.browser.fill({ reason: "Téléphone volé" }).submit();
    expect(admin.browser.page.find("#enrolment-code")?.text).toMatch(
      /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/,
    );
    expect(admin.browser.page.html).not.toContain("Téléphone volé");
    await admin.open("/admin/members");
    expect(admin.browser.page.find("#enrolment-code")).toBeUndefined();
  });

  it("corrects an address: both are told, the link validates it, and what was proven is void", async () => {
    const person = await newPerson(provider);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    await agent.open(pageOf(person));
    expect(agent.browser.page.text).toContain("Firefox, Linux, Réseau 127.0.0.0/24");
    const [wanted, before] = [newAddress(), await rowOf(person)];
    await agent.open(pageOf(person));
    await agent.browser.click("Corriger l'adresse");
    const form = { email: wanted, email_confirmation: newAddress(), reason: "Boîte fermée" };
    await agent.browser.fill(form).submit();
    expect(agent.browser.page.status).toBe(422);
    await agent.browser.fill({ ...form, email_confirmation: wanted }).submit();
    expect(agent.browser.page.text).toContain("Rien ne change avant la validation.");
    expect(agent.browser.page.text).toContain(`Adresse à valider, demandée par l'équipe ${wanted}`);
    expect(await newest(person)).toMatchObject({
      ...{ name: "address-change-requested", actor: agent.sub, outcome: "accepted" },
    });
    await mailTo(provider, person.email, "L'adresse de votre compte va changer");
    const letter = await mailTo(provider, wanted, "Votre nouvelle adresse est à valider");
    // A look changes nothing, whatever opens the link.
    await person.browser.open(linkIn(letter.text));
    expect(person.browser.page.find("#password")).toBeUndefined();
    expect(await isIn(person)).toBe(true);
    await person.browser.open(linkIn(letter.text));
    await person.browser.submit("Valider ma nouvelle adresse");
    const after = await rowOf(person);
    expect(after.email).toBe(wanted);
    expect(after.credentials).not.toBe(before.credentials);
    expect(await isIn(person)).toBe(false);
    expect((await person.browser.open(linkIn(letter.text))).status).toBe(410);
    await person.browser.open(`${provider.issuer}/account`);
    await person.browser.fill({ email: wanted, password: goodPassword }).submit();
    expect(person.browser.page.h1).toBe("Mon compte");
  });

  it("corrects no address to one that is taken, nor twice within a minute, nor after a day", async () => {
    const [person, other] = [await newPerson(provider), await newPerson(provider)];
    const correct = (email: string) =>
      agent.post(`${pageOf(person)}/email`, { email, email_confirmation: email, reason: "x" });
    expect((await correct(other.email)).text).toContain("Un autre compte a déjà cette adresse.");
    const wanted = newAddress();
    await correct(wanted);
    expect((await correct(newAddress())).status).toBe(429);
    const link = linkIn(
      (await mailTo(provider, wanted, "Votre nouvelle adresse est à valider")).text,
    );
    fakeDate(Date.now() + 24 * 3600 * 1000 + 1000);
    expect((await person.browser.open(link)).status).toBe(410);
  });

  it("corrects nothing in the name of who has left the team, nor of a colleague by an agent", async () => {
    const { administration } = provider.application;
    const asked = async (by: typeof agent) => {
      const person = await newPerson(provider);
      const email = newAddress();
      const typed = { email, email_confirmation: email, reason: "Boîte fermée" };
      expect((await by.post(`${pageOf(person)}/email`, typed)).status).toBeLessThan(400);
      const letter = await mailTo(provider, email, "Votre nouvelle adresse est à valider");
      return { person, link: linkIn(letter.text) };
    };
    const pressed = async ({ person, link }: Awaited<ReturnType<typeof asked>>) => {
      await person.browser.open(link);
      expect(person.browser.page.h1).not.toBe("Ce lien n'est plus valable");
      await person.browser.submit("Valider ma nouvelle adresse");
      return (await rowOf(person)).email !== person.email;
    };
    const ofColleague = await asked(agent);
    await administration.setRole(ofColleague.person.email, "reader", "operator");
    expect(await pressed(ofColleague)).toBe(false);
    const leaver = await newColleague(provider, "agent");
    const left = await asked(leaver);
    await administration.setRole(leaver.email, undefined, "operator");
    expect(await pressed(left)).toBe(false);
    expect(await pressed(await asked(agent))).toBe(true);
  });

  it("tells what a person would meet, page by page", async () => {
    const person = await newPerson(provider);
    const steps = async (query = "") => {
      const page = await agent.open(`${pageOf(person)}/seen${query}`);
      return page.findAll(".steps li").map(({ text }) => text.trim());
    };
    expect((await steps())[1]).toContain("sans établissement ouvert");
    expect(await steps("?client=portal")).toEqual([
      expect.stringContaining("l'email et le mot de passe"),
      expect.stringContaining("Portail OF exige un établissement, et aucun n'est ouvert"),
    ]);
    const { accesses, administration } = provider.application;
    await accesses.open({
      account: await rowOf(person),
      sirets: [...sirets] as never,
      by: "operator",
    });
    await holdSecondFactor(provider, person);
    const all = await steps("?client=portal");
    expect(all.filter((step) => /^\d/.test(step))).toHaveLength(sirets.length);
    expect(await steps("?client=unbound")).toContainEqual(
      expect.stringContaining("« Choisir un établissement »"),
    );
    expect(all[1]).toContain("Vérification en deux étapes");
    expect(all.at(-1)).toBe("Portail OF s'ouvre.");
    await administration.setState(person.email, "disabled", "operator");
    expect(await steps("?client=portal")).toEqual([expect.stringContaining("est désactivé")]);
  });
});
