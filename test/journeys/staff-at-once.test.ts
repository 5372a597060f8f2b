import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { mailsTo, newAddress } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, holdSecondFactor, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [here, elsewhere] = sirets as unknown as readonly [Siret, Siret];
const siren = here.slice(0, 9);

/**
 * Two of the staff press at the same moment: one does it, the other is told, and nothing is done twice, lost, or half done.
 * What is asked here of whole requests the acts promise by statements that decide.
 */
describe.each(databases)("two of the staff at once, on $name", (kind) => {
  let provider: TestProvider;
  let agents: readonly [Colleague, Colleague];
  let admins: readonly [Colleague, Colleague];

  beforeAll(async () => {
    provider = await startTestProvider(kind, { environment: { ORGANISATION_ADMINS: "on" } });
    agents = [await newColleague(provider, "agent"), await newColleague(provider, "agent")];
    admins = [await newColleague(provider, "admin"), await newColleague(provider, "admin")];
  });
  afterAll(async () => {
    await provider.stop();
  });

  const acts = () => provider.application;
  const rowOf = async ({ sub }: Pick<Person, "sub">) => {
    const [account] = await acts().accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  /** Presses a button as its form would, and does not follow. */
  const press = async (
    { browser }: Colleague,
    path: string,
    fields: Readonly<Record<string, string>> = {},
  ) => {
    const url = new URL(path, provider.issuer);
    const answer = await fetch(url, {
      ...{ method: "POST", redirect: "manual", body: new URLSearchParams(fields) },
      headers: { cookie: browser.cookies.header(url) ?? "" },
    });
    const { searchParams } = new URL(answer.headers.get("location") ?? "", provider.issuer);
    const done = searchParams.get("done") ?? (searchParams.has("code") ? "code" : undefined);
    return { status: answer.status, done, text: await answer.text() };
  };
  /** Each of two presses twice, all at the same moment. */
  const pressAll = (
    who: readonly [Colleague, Colleague],
    path: string,
    fieldsOf: (of: Colleague, place: number) => Readonly<Record<string, string>> = () => ({}),
  ) =>
    Promise.all(
      [who[0], who[1], who[0], who[1]].map((each, place) =>
        press(each, path, fieldsOf(each, place)),
      ),
    );
  const donesOf = (answers: readonly { readonly done: string | undefined }[]) =>
    answers.map(({ done }) => done).sort();
  const eventsOf = async ({ sub }: Pick<Person, "sub">, name: string) => {
    const { entries } = await acts().audit.page({ person: { sub } }, { limit: 50 });
    return entries.filter((entry) => entry.name === name && entry.outcome === "accepted");
  };
  const subjectsTo = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);
  const withFactor = async () => {
    const person = await newPerson(provider);
    await acts()
      .database.knex("totp_factors")
      .insert({ account_sub: person.sub, secret: "sealed", last_step: 0, created_at: 1 });
    return person;
  };
  const keeper = async () => {
    const person = await newPerson(provider, here);
    const email = person.email as EmailAddress;
    await acts().cares.give({ email, siren, reason: "", by: agents[0].sub });
    const care = (await acts().cares.list()).find(({ sub }) => sub === person.sub);
    return { person, care: care?.id ?? 0 };
  };
  const askOpen = async (person: Person, email: string) => {
    const account = await rowOf(person);
    const asked = { account, siren, kind: "open", email, sirets: here, message: "" } as const;
    await acts().colleagueRequests.ask(asked);
    const found = (await acts().colleagueRequests.waiting()).find((each) => each.email === email);
    return found?.id ?? 0;
  };

  it("hand a request on: it has one owner, and the others are told who", async () => {
    const [first, second] = agents;
    const third = await newColleague(provider, "agent");
    const account = await rowOf(await newPerson(provider));
    const asked = await acts().accessRequests.ask({ account, sirets: here, message: "" });
    if (!asked.accepted) throw new Error("not asked");
    const path = `/admin/requests/${String(asked.value.request.id)}/charge`;
    await press(first, path, { to: first.sub, seen: "" });
    const answers = await pressAll([first, second], path, (of) => ({
      ...{ to: of === first ? second.sub : third.sub, seen: first.sub },
    }));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422]);
    const { takenBy } = (await acts().accessRequests.find(asked.value.request.id)) ?? {};
    const winner = answers.findIndex(({ status }) => status === 303);
    expect(takenBy).toBe(winner % 2 === 0 ? second.sub : third.sub);
  });

  it("reset lost factors once: one letter, one event, and whoever was slower is told", async () => {
    const person = await withFactor();
    const answers = await pressAll(agents, `/admin/accounts/${person.sub}/factors/reset`, () => ({
      reason: "Téléphone perdu",
    }));
    expect(donesOf(answers)).toEqual(["factors-reset", "unchanged", "unchanged", "unchanged"]);
    expect(await eventsOf(person, "second-factor-removed")).toHaveLength(1);
    expect(await subjectsTo(person.email)).toEqual(["Vérification en deux étapes réinitialisée"]);
  });

  it("reset a colleague's factors once: one code is handed over", async () => {
    const colleague = await newPerson(provider);
    await acts().administration.setRole(colleague.email, "agent", "operator");
    await holdSecondFactor(provider, colleague);
    const path = `/admin/accounts/${colleague.sub}/factors/reset`;
    const answers = await pressAll(admins, path, () => ({ reason: "Volé" }));
    expect(donesOf(answers)).toEqual(["code", "unchanged", "unchanged", "unchanged"]);
    expect(await eventsOf(colleague, "enrolment-code-issued")).toHaveLength(1);
  });

  it("correct an address to two others: one of them waits, and gets the only link", async () => {
    const person = await newPerson(provider);
    const wanted = [newAddress(), newAddress()] as const;
    const answers = await pressAll(agents, `/admin/accounts/${person.sub}/email`, (of) => {
      const email = of === agents[0] ? wanted[0] : wanted[1];
      return { email, email_confirmation: email, reason: "Boîte fermée" };
    });
    // To the others the last letter is too young.
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 429, 429, 429]);
    const won = answers.findIndex(({ status }) => status === 303) % 2;
    const waiting = await acts().addressChanges.waitingOf(person.sub, 0);
    expect(waiting).toMatchObject({ email: wanted[won] });
    expect(await subjectsTo(wanted[won] ?? "")).toHaveLength(1);
    expect(await subjectsTo(wanted[1 - won] ?? "")).toEqual([]);
    expect(await subjectsTo(person.email)).toEqual(["L'adresse de votre compte va changer"]);
  });

  it("edit a client from the same version: one edit counts, and the other is shown it", async () => {
    const document = { client_id: "deux", redirect_uris: ["https://deux.example/callback"] };
    await acts().clientRegistry.register("new", JSON.stringify(document), "operator");
    const read = await acts().clientEditing.read("deux");
    if (!read.accepted) throw new Error("not read");
    const { version } = read.value;
    const names = ["Le premier", "Le second"] as const;
    const answers = await pressAll(admins, "/admin/clients/deux/edit", (of) => ({
      version,
      document: JSON.stringify({ ...document, client_name: names[of === admins[0] ? 0 : 1] }),
    }));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422]);
    for (const { text } of answers.filter(({ status }) => status === 422))
      expect(text).toContain("entre-temps");
    const winner = answers.findIndex(({ status }) => status === 303);
    expect(acts().clients.find("deux")).toMatchObject({
      client_name: names[winner % 2 === 0 ? 0 : 1],
    });
  });

  it("end a care once, with one letter", async () => {
    const { person, care } = await keeper();
    const answers = await pressAll(agents, `/admin/organisations/cares/${String(care)}/end`);
    expect(donesOf(answers.filter(({ status }) => status === 303))).toContain("ended");
    expect(answers.filter(({ done }) => done === "ended")).toHaveLength(1);
    expect(await eventsOf(person, "organisation-care-ended")).toHaveLength(1);
    const ended = "Le suivi d'une organisation ne vous est plus confié";
    expect((await subjectsTo(person.email)).filter((subject) => subject === ended)).toHaveLength(1);
  });

  it("accept a colleague's request while its care ends: both or one, and never half of either", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { person, care } = await keeper();
      const colleague = await newPerson(provider);
      const id = await askOpen(person, colleague.email);
      const path = "/admin/organisations";
      await Promise.all([
        press(agents[0], `${path}/requests/${String(id)}/accept`),
        press(agents[1], `${path}/cares/${String(care)}/end`),
      ]);
      const open = await acts().accesses.openEstablishments(colleague.sub);
      const { state } = (await acts().colleagueRequests.find(id)) ?? {};
      expect([open.length, state]).toEqual(open.length > 0 ? [1, "accepted"] : [0, "withdrawn"]);
      expect(await acts().cares.held(await rowOf(person))).toEqual([]);
    }
  });

  it("accept and refuse a colleague's request: it is decided once, and what was decided is done", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { person } = await keeper();
      const colleague = await newPerson(provider);
      const id = await askOpen(person, colleague.email);
      const path = `/admin/organisations/requests/${String(id)}`;
      const answers = await Promise.all([
        press(agents[0], `${path}/accept`),
        press(agents[1], `${path}/refuse`, { reason: "Non" }),
        press(agents[1], `${path}/accept`),
      ]);
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      const open = await acts().accesses.openEstablishments(colleague.sub);
      const { state } = (await acts().colleagueRequests.find(id)) ?? {};
      expect([open.length, state]).toEqual(open.length > 0 ? [1, "accepted"] : [0, "refused"]);
    }
  });

  it("invite the same address: it waits once, with one letter", async () => {
    const email = newAddress();
    const fields = { email, siret_list: here, sirets: here, reason: "Appel", until: "" };
    const answers = await pressAll(agents, "/admin/invite", () => fields);
    for (const { status } of answers) expect(status).toBe(303);
    expect(donesOf(answers)).toEqual(["invited", "unchanged", "unchanged", "unchanged"]);
    expect(await acts().invitations.waiting([email as EmailAddress])).toHaveLength(1);
    expect(await subjectsTo(email)).toHaveLength(1);
  });

  it("send an invitation again, as often as its limit lets, while it is withdrawn at the end", async () => {
    const email = newAddress();
    const command = { email: email as EmailAddress, sirets: [here, elsewhere], by: agents[0].sub };
    await acts().invitations.invite(command);
    const [one, two] = await acts().invitations.waiting([email as EmailAddress]);
    const path = `/admin/invitations/${String(one?.id)}`;
    const answers = [
      ...(await pressAll(agents, `${path}/resend`)),
      ...(await pressAll(agents, `${path}/resend`)),
    ];
    const sent = answers.filter(({ done }) => done === "sent-again").length;
    // Five of a kind in an hour, the first one among them.
    expect(sent).toBe(4);
    expect(await subjectsTo(email)).toHaveLength(5);
    const withdrawn = await pressAll(
      agents,
      `/admin/invitations/${String(two?.id)}/withdraw`,
      () => ({
        reason: "Erreur",
      }),
    );
    expect(withdrawn.filter(({ done }) => done === "withdrawn")).toHaveLength(1);
    expect(await acts().invitations.waiting([email as EmailAddress])).toMatchObject([
      { id: one?.id },
    ]);
  });

  it("send the letter of an access again while it is closed: the last letter does not say that it is open", async () => {
    const person = await newPerson(provider, here);
    const path = `/admin/accounts/${person.sub}`;
    await Promise.all([
      press(agents[0], `${path}/letters/resend`, { letter: "establishments/access-opened" }),
      press(agents[1], `${path}/close`, { [`siret-${here}`]: "on", reason: "Parti" }),
    ]);
    expect(await acts().accesses.openEstablishments(person.sub)).toEqual([]);
    expect((await subjectsTo(person.email)).at(-1)).toContain("Fermeture");
  });

  it("take each other's role: one admin is left", async () => {
    const two = [
      await newColleague(provider, "admin"),
      await newColleague(provider, "admin"),
    ] as const;
    const [one, other] = two;
    await Promise.all([
      press(one, `/admin/members/${other.sub}/remove`),
      press(other, `/admin/members/${one.sub}/remove`),
    ]);
    const roles = await Promise.all(two.map(async (each) => (await rowOf(each)).role));
    expect(roles.filter((role) => role === "admin")).toHaveLength(1);
  });
});
