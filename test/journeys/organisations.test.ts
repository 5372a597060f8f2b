import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { mailTo, mailsTo, newAddress } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** The first is of the organisation that is in care, the second of another. */
const [here, elsewhere] = sirets as unknown as readonly [Siret, Siret];
const [siren, other] = [here.slice(0, 9), elsewhere.slice(0, 9)];

describe.each(databases)("a partner's own administrator, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let keeper: Person;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { environment: { ORGANISATION_ADMINS: "on" } });
    agent = await newColleague(provider, "agent");
    keeper = await newKeeper();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const acts = () => provider.application;
  const give = ({ email }: Pick<Person, "email">, of = siren, by = agent.sub) =>
    acts().cares.give({ email: email as EmailAddress, siren: of, reason: "", by });
  /** Somebody with an access here, signed in, who has the care of the organisation. */
  const newKeeper = async () => {
    const person = await newPerson(provider, here);
    await give(person);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    return person;
  };
  const rowOf = async ({ sub }: Pick<Person, "sub">) => {
    const [account] = await acts().accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  const careOf = async ({ sub }: Pick<Person, "sub">) => {
    const care = (await acts().cares.list()).find((each) => each.sub === sub);
    if (!care) throw new Error("there is no care");
    return care;
  };
  const look = ({ browser }: Person, of = siren) =>
    browser.open(`${provider.issuer}/account/organisations/${of}`);
  const ask = async (
    person: Person,
    asked: "open" | "close",
    email: string,
    text: string = here,
    of = siren,
  ) =>
    acts().colleagueRequests.ask({
      ...{ account: await rowOf(person), siren: of, kind: asked },
      ...{ email, sirets: text, message: "" },
    });
  const waitingFor = async (email: string) => {
    const found = (await acts().colleagueRequests.waiting()).find((each) => each.email === email);
    if (!found) throw new Error(`nothing waits for ${email}`);
    return found.id;
  };
  const reasonOf = (outcome: {
    accepted: boolean;
    problems?: readonly [{ reason: string }, ...unknown[]];
  }) => (outcome.accepted ? "accepted" : outcome.problems?.[0].reason);
  const openTo = async ({ sub }: Pick<Person, "sub">) =>
    (await acts().accesses.openEstablishments(sub)).map(({ siret }) => siret);
  const eventsOf = async ({ sub }: Pick<Person, "sub">) =>
    (await acts().audit.page({ person: { sub } }, { limit: 20 })).entries.map(({ name }) => name);

  it("is given the care by staff, who say whom and which; the person is told", async () => {
    const person = await newPerson(provider, here);
    // It has left before: of two that wait the order is nobody's.
    await mailTo(provider, person.email, "Ouverture de votre accès");
    await agent.open("/admin/invitations");
    await agent.browser.click("Administrateurs d'organisations");
    await agent.browser.fill({ email: person.email, siren: "12" }).submit("Confier");
    expect(agent.browser.page.status).toBe(422);
    expect(agent.browser.page.text).toContain("Indiquez un SIREN de 9 chiffres");
    await agent.browser.fill({ siren: other }).submit("Confier");
    expect(agent.browser.page.text).toContain("aucun accès ouvert dans cette organisation");
    await agent.browser.fill({ siren: "130 025 265", reason: "Mandat" }).submit("Confier");
    expect(agent.browser.page.text).toContain("Le suivi est confié.");
    expect(reasonOf(await give(person))).toBe("care-held");
    await mailTo(provider, person.email, "Le suivi d'une organisation vous est confié");
    expect(await eventsOf(person)).toContain("organisation-care-given");
  });

  it("is given once, however many press at the same moment", async () => {
    const person = await newPerson(provider, here);
    const outcomes = await Promise.all(Array.from({ length: 5 }, async () => give(person)));
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(await mailsTo(provider, person.email)).toHaveLength(2);
  });

  it("is nobody's to give who may not", async () => {
    const reader = await newColleague(provider, "reader");
    const person = await newPerson(provider, here);
    for (const by of [reader.sub, person.sub, "nobody"])
      expect(["role-too-low", "own-account"]).toContain(reasonOf(await give(person, siren, by)));
    expect(reasonOf(await give({ email: newAddress() }))).toBe("account-unknown");
    expect((await reader.open("/admin/organisations")).text).not.toContain("Confier une");
  });

  it("sees names, addresses and establishments of the organisation, and nothing else", async () => {
    const colleague = await newPerson(provider, here, elsewhere);
    const stranger = await newPerson(provider, elsewhere);
    await keeper.browser.open(`${provider.issuer}/account`);
    await keeper.browser.click("Suivre les accès de mon organisation");
    await keeper.browser.click("SIREN 130 025 265");
    const { page } = keeper.browser;
    expect(page.text).toContain(`Jeanne Durand ${colleague.email} 130 025 265 00013`);
    expect(page.text).not.toContain(stranger.email);
    expect(page.html).not.toContain(elsewhere);
    expect(page.html).not.toContain(colleague.sub);
  });

  it.each([
    ["a stranger", () => newPerson(provider)],
    ["somebody of the organisation without its care", () => newPerson(provider, here)],
    [
      "the administrator of another organisation",
      async () => {
        const person = await newPerson(provider, elsewhere);
        await give(person, other);
        return person;
      },
    ],
    [
      "one whose care has ended",
      async () => {
        const person = await newPerson(provider, here);
        await give(person);
        await acts().cares.end((await careOf(person)).id, agent.sub);
        return person;
      },
    ],
    [
      "one whose access has ended",
      async () => {
        const person = await newPerson(provider, here);
        await give(person);
        await provider.closeAccess(person.email, here);
        return person;
      },
    ],
  ])("is on no route %s", async (_who, make) => {
    const person = await make();
    expect(reasonOf(await ask(person, "open", newAddress()))).toBe("care-over");
    expect(reasonOf(await ask(person, "close", keeper.email))).toBe("care-over");
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    expect((await look(person)).status).toBe(404);
    const cookie = person.browser.cookies.header(new URL(provider.issuer)) ?? "";
    for (const what of ["open", "close"]) {
      const answer = await fetch(`${provider.issuer}/account/organisations/${siren}/${what}`, {
        ...{ method: "POST", redirect: "manual", headers: { cookie } },
        body: new URLSearchParams({ email: newAddress(), sirets: here }),
      });
      expect([what, answer.status]).toEqual([what, 404]);
    }
  });

  it("loses the view with the care, at once, and what was asked and waits", async () => {
    const person = await newKeeper();
    const email = newAddress();
    await ask(person, "open", email);
    expect((await look(person)).status).toBe(200);
    await agent.open("/admin/organisations");
    await agent.open(`/admin/organisations/cares/${(await careOf(person)).id}/end`);
    expect(agent.browser.page.findAll(".effects dd").map(({ text }) => text)).toEqual(["1"]);
    await agent.browser.submit("Retirer le suivi");
    expect((await look(person)).status).toBe(404);
    await expect(waitingFor(email)).rejects.toThrow("nothing waits");
    await mailTo(provider, person.email, "Le suivi d'une organisation ne vous est plus confié");
  });

  it("loses all that waits with the care, however much was asked since: staff see how many", async () => {
    const person = await newKeeper();
    const email = newAddress();
    await ask(person, "open", email);
    const { knex } = acts().database;
    const of = { account_id: (await rowOf(person)).id, siren, kind: "open", siret: here };
    const decided = { ...of, state: "refused", asked_at: 1, decided_at: 1, decided_by: "operator" };
    await knex("colleague_requests").insert(Array.from({ length: 50 }, () => decided));
    await agent.open(`/admin/organisations/cares/${(await careOf(person)).id}/end`);
    expect(agent.browser.page.findAll(".effects dd").map(({ text }) => text)).toEqual(["1"]);
  });

  it("is one of many: staff find every care, page by page", async () => {
    const person = await newKeeper();
    const { knex } = acts().database;
    const of = { account_id: (await rowOf(keeper)).id, given_at: 1, given_by: agent.sub };
    const others = Array.from({ length: 60 }, (_, place) => {
      return { ...of, siren: String(place).padStart(9, "9") };
    });
    await knex("organisation_cares").insert(others);
    expect((await agent.open("/admin/organisations")).text).not.toContain(person.email);
    await agent.browser.click("Page suivante");
    expect(agent.browser.page.text).toContain(person.email);
    await knex("organisation_cares").whereLike("siren", "9999%").delete();
  });

  it("asks for an access for a colleague, with or without account; staff decide", async () => {
    const colleague = await newPerson(provider);
    const newcomer = newAddress();
    await look(keeper);
    const form = { email: colleague.email, sirets: "n'importe quoi" };
    await keeper.browser.fill(form).submit("Envoyer la demande");
    expect(keeper.browser.page.status).toBe(422);
    await keeper.browser.fill({ sirets: elsewhere }).submit("Envoyer la demande");
    expect(keeper.browser.page.text).toContain("n'est pas un établissement de cette organisation");
    await keeper.browser.fill({ sirets: here, message: "Arrive lundi" }).submit();
    expect(keeper.browser.page.text).toContain("Votre demande est transmise.");
    expect(await openTo(colleague)).toEqual([]);
    await ask(keeper, "open", newcomer);
    await agent.open("/admin/organisations");
    await agent.browser.click(`Ouvrir un accès ${colleague.email}`);
    expect(agent.browser.page.text).toContain("Arrive lundi");
    await agent.browser.submit("Ouvrir l'accès");
    expect(agent.browser.page.text).toContain("La demande est acceptée.");
    expect(await openTo(colleague)).toEqual([here]);
    await acts().colleagueRequests.accept(await waitingFor(newcomer), agent.sub);
    const invited = await acts().invitations.waiting([newcomer as EmailAddress]);
    expect(invited).toMatchObject([{ siret: here, invitedBy: agent.sub }]);
    expect((await look(keeper)).text).toContain("Acceptée");
    expect(await eventsOf(keeper)).toContain("colleague-request-accepted");
  });

  it("asks for the end of a leaver's access; staff decide", async () => {
    const leaver = await newPerson(provider, here, elsewhere);
    await look(keeper);
    await keeper.browser.submit("Demander la fin Jeanne Durand 130 025 265 00013");
    expect(keeper.browser.page.text).toContain("demande de fin d'accès est transmise");
    await ask(keeper, "close", leaver.email);
    expect(await openTo(leaver)).toHaveLength(2);
    const id = await waitingFor(leaver.email);
    expect(reasonOf(await acts().colleagueRequests.accept(id, agent.sub))).toBe("accepted");
    expect(await openTo(leaver)).toEqual([elsewhere]);
    await mailTo(provider, leaver.email, "Fermeture de votre accès");
  });

  it("is asked about every number of what was typed, and what else it says is read by staff", async () => {
    const email = newAddress();
    await look(keeper);
    const wrong = { email, sirets: `${here} 13002526500014` };
    await keeper.browser.fill(wrong).submit("Envoyer la demande");
    expect(keeper.browser.page.status).toBe(422);
    expect(keeper.browser.page.text).toContain("« 13002526500014 » n'existe pas");
    await expect(waitingFor(email)).rejects.toThrow("nothing waits");
    expect(await ask(keeper, "open", email, here + " ".repeat(5000))).toMatchObject({
      problems: [{ field: "sirets", reason: "sirets-text-too-long", details: { maximum: 5000 } }],
    });
    await ask(keeper, "open", email, `${here} sauf le samedi`);
    const request = await acts().colleagueRequests.find(await waitingFor(email));
    expect(request?.message).toBe(`l. 1 : ${here} sauf le samedi`);
  });

  it("is told of no end that ended nothing: the address may be another person's by then", async () => {
    const leaver = await newPerson(provider, here);
    await ask(keeper, "close", leaver.email);
    const id = await waitingFor(leaver.email);
    const { knex } = acts().database;
    await knex("accounts").where({ sub: leaver.sub }).update({ email: newAddress() });
    const { sub } = await provider.addAccount(leaver.email);
    expect(sub).not.toBe(leaver.sub);
    expect(reasonOf(await acts().colleagueRequests.accept(id, agent.sub))).toBe("access-not-open");
    expect(await acts().accesses.isOpen(leaver.sub, here)).toBe(true);
    expect((await acts().colleagueRequests.find(id))?.state).toBe("waiting");
    const told = await acts().colleagueRequests.refuse(id, agent.sub, "Une autre adresse");
    expect(reasonOf(told)).toBe("accepted");
  });

  it("is told why staff refuse", async () => {
    const email = newAddress();
    await ask(keeper, "open", email);
    const url = `/admin/organisations/requests/${await waitingFor(email)}`;
    expect((await agent.open(url)).text).toContain("sans compte : une invitation part");
    expect((await agent.post(`${url}/refuse`, { reason: " " })).status).toBe(422);
    await agent.post(`${url}/refuse`, { reason: "Pas de contrat" });
    expect((await look(keeper)).text).toContain("Pas de contrat");
    expect(await acts().invitations.waiting([email as EmailAddress])).toEqual([]);
  });

  it("asks nothing twice, nothing that is so already, and no more than fifty at a time", async () => {
    const person = await newKeeper();
    const email = newAddress();
    expect(reasonOf(await ask(person, "open", keeper.email))).toBe("nothing-to-ask");
    expect(reasonOf(await ask(person, "close", newAddress()))).toBe("nothing-to-ask");
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, async () => ask(person, "open", email)),
    );
    const asked = outcomes.flatMap((each) => (each.accepted ? [each.value.asked] : []));
    expect(asked.sort()).toEqual([0, 0, 0, 1]);
    for (let count = 1; count < 50; count += 1) await ask(person, "open", newAddress());
    expect(reasonOf(await ask(person, "open", newAddress()))).toBe("colleague-requests-waiting");
  });

  it("is decided once, by whichever of two is first, and never by who asked", async () => {
    const email = newAddress();
    await ask(keeper, "open", email);
    const id = await waitingFor(email);
    const { colleagueRequests } = acts();
    const second = await newColleague(provider, "agent");
    const outcomes = await Promise.all([
      colleagueRequests.accept(id, agent.sub),
      colleagueRequests.accept(id, second.sub),
      colleagueRequests.refuse(id, agent.sub, "non"),
    ]);
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
    const member = await newKeeper();
    const wanted = newAddress();
    await ask(member, "open", wanted);
    await acts().administration.setRole(member.email, "agent", "operator");
    const asked = await waitingFor(wanted);
    expect(reasonOf(await colleagueRequests.accept(asked, member.sub))).toBe("own-account");
    expect(reasonOf(await colleagueRequests.refuse(asked, member.sub, "x"))).toBe("own-account");
    for (const by of [keeper.sub, "nobody"])
      expect(reasonOf(await colleagueRequests.accept(asked, by))).toBe("role-too-low");
  });

  it("has nothing done in its name once its own access has ended", async () => {
    const person = await newKeeper();
    const email = newAddress();
    await ask(person, "open", email);
    await provider.closeAccess(person.email, here);
    const id = await waitingFor(email);
    expect(reasonOf(await acts().colleagueRequests.accept(id, agent.sub))).toBe("care-over");
    expect(await acts().invitations.waiting([email as EmailAddress])).toEqual([]);
    const page = await agent.post(`/admin/organisations/requests/${id}/accept`);
    expect(page.text).toContain("n'a plus le suivi de cette organisation");
  });

  it("is told of what is kept, and it goes with the account", async () => {
    const person = await newKeeper();
    const colleague = await newPerson(provider, here);
    await ask(person, "close", colleague.email);
    const { personalData, deleteAccount, database } = acts();
    const own = await personalData.export(await rowOf(person));
    expect(own).toMatchObject({
      organisations: [{ siren }],
      colleague_requests: { made: [{ kind: "close", siret: here, state: "waiting" }] },
    });
    expect(JSON.stringify(own["colleague_requests"])).not.toContain(colleague.email);
    const theirs = await personalData.export(await rowOf(colleague));
    expect(theirs).toMatchObject({ colleague_requests: { about_you: [{ kind: "close" }] } });
    const account = await rowOf(person);
    await deleteAccount({ account, by: "operator", origin: undefined });
    const rows: unknown = await database
      .knex("organisation_cares")
      .where({ account_id: account.id });
    expect(rows).toEqual([]);
    await expect(waitingFor(colleague.email)).rejects.toThrow("nothing waits");
  });
});

describe.each(databases)("while ORGANISATION_ADMINS is off, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("nobody is an administrator, and no page says that there could be any", async () => {
    const agent = await newColleague(provider, "agent");
    const person = await newPerson(provider, here);
    const { cares, accounts, colleagueRequests } = provider.application;
    const email = person.email as EmailAddress;
    expect(await cares.give({ email, siren, reason: "", by: agent.sub })).toEqual({
      ...{ accepted: false, problems: [{ reason: "organisations-off" }] },
    });
    expect(await cares.list()).toEqual([]);
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("the account is gone");
    expect(await cares.held(account)).toEqual([]);
    expect(
      await colleagueRequests.ask({
        ...{ account, siren, kind: "open", email: newAddress(), sirets: here, message: "" },
      }),
    ).toMatchObject({ accepted: false });
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    expect(person.browser.page.text).not.toContain("mon organisation");
    for (const path of ["/account/organisations", `/account/organisations/${siren}`])
      expect((await person.browser.open(`${provider.issuer}${path}`)).status).toBe(404);
    for (const path of ["", "/cares/1/end", "/requests/1"])
      expect((await agent.open(`/admin/organisations${path}`)).status).toBe(404);
    expect((await agent.open("/admin/invitations")).text).not.toContain("organisations");
    expect((await agent.post("/admin/organisations/give", { email, siren })).status).toBe(404);
  });

  it("what was given and asked before has no effect, and may be ended and refused", async () => {
    const agent = await newColleague(provider, "agent");
    const person = await newPerson(provider, here);
    const { cares, colleagueRequests, database, accounts, invitations } = provider.application;
    const [account] = await accounts.findAllBySub([person.sub]);
    if (!account) throw new Error("the account is gone");
    const of = { account_id: account.id, siren };
    await database.knex("organisation_cares").insert({ ...of, given_at: 1, given_by: agent.sub });
    const email = newAddress();
    const asked = { ...of, kind: "open", siret: here, email, state: "waiting", asked_at: 1 };
    await database.knex("colleague_requests").insert(asked);
    const [request] = await colleagueRequests.waiting();
    const id = request?.id ?? 0;
    expect(await colleagueRequests.accept(id, agent.sub)).toEqual({
      ...{ accepted: false, problems: [{ reason: "organisations-off" }] },
    });
    expect(await invitations.waiting([email as EmailAddress])).toEqual([]);
    expect(await colleagueRequests.refuse(id, agent.sub, "Arrêté")).toMatchObject({
      accepted: true,
    });
    const [care] = await cares.list();
    expect(await cares.end(care?.id ?? 0, agent.sub)).toMatchObject({ accepted: true });
    expect(await cares.list()).toEqual([]);
  });
});
