import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import {
  askRecovery,
  mailTo,
  mailsTo,
  newAddress,
  recoveryLink,
} from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets as unknown as readonly [Siret, Siret];

describe.each(databases)("staff send a letter again, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    agent = await newColleague(provider, "agent");
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const pageOf = ({ sub }: Pick<Person, "sub">) => `/admin/accounts/${sub}`;
  const again = (person: Pick<Person, "sub">, letter: string) =>
    agent.post(`${pageOf(person)}/letters/resend`, { letter });
  const rowOf = async ({ sub }: Pick<Person, "sub">) => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  const subjectsTo = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);
  const buttons = async (person: Pick<Person, "sub">) =>
    (await agent.open(pageOf(person)))
      .findAll('input[name="letter"]')
      .map((input) => input.attribute("value"));
  const linkIn = (text: string, path: string) =>
    new RegExp(`https?://\\S+${path}\\S+`).exec(text)?.[0] ?? "";

  it("makes a recovery anew: its link is another, and the one that was sent is void", async () => {
    const person = await newPerson(provider);
    await askRecovery(provider, person.email);
    const first = await recoveryLink(provider, person.email);
    expect(await buttons(person)).toEqual(["accounts/recovery"]);
    fakeDate(Date.now() + 61_000);
    await agent.open(pageOf(person));
    await agent.browser.submit("Renvoyer Récupération de votre mot de passe");
    expect(agent.browser.page.text).toContain("Un nouveau message est en route");
    const mails = await mailsTo(provider, person.email);
    const second = linkIn(mails.at(-1)?.text ?? "", "/recovery/");
    expect(second).not.toBe(first);
    expect((await person.browser.open(first)).status).toBe(410);
    expect((await person.browser.open(second)).status).toBe(200);
    const { entries } = await provider.application.audit.page(
      { person: { sub: person.sub } },
      { limit: 1 },
    );
    expect(entries[0]).toMatchObject({
      ...{ name: "letter-sent-again", outcome: "accepted", actor: agent.sub },
      details: { letter: "accounts/recovery" },
    });
  });

  it("makes the link of a new address anew, whoever asked for it", async () => {
    const person = await newPerson(provider);
    const wanted = newAddress();
    const form = { email: wanted, email_confirmation: wanted, reason: "Boîte fermée" };
    await agent.post(`${pageOf(person)}/email`, form);
    const subject = "Votre nouvelle adresse est à valider";
    const first = linkIn((await mailTo(provider, wanted, subject)).text, "/account/email/");
    expect((await again(person, "accounts/address-correction")).text).toContain(
      "Un message vient de partir",
    );
    fakeDate(Date.now() + 61_000);
    expect((await again(person, "accounts/address-change")).text).toContain("n'a plus lieu d'être");
    expect((await again(person, "accounts/address-correction")).text).toContain("en route");
    const second = linkIn((await mailsTo(provider, wanted)).at(-1)?.text ?? "", "/account/email/");
    expect((await person.browser.open(first)).status).toBe(410);
    expect((await person.browser.open(second)).status).toBe(200);
    // The address that is given up has been told once.
    expect(await subjectsTo(person.email)).toHaveLength(1);
    await person.browser.submit("Valider ma nouvelle adresse");
    expect((await rowOf(person)).email).toBe(wanted);
    expect((await again(person, "accounts/address-correction")).text).toContain(
      "n'a plus lieu d'être",
    );
  });

  it("asks the password still of who asked for a new address themselves", async () => {
    const person = await newPerson(provider);
    const wanted = newAddress();
    await provider.application.addressChange.request(
      await rowOf(person),
      { email: wanted, email_confirmation: wanted, current_password: goodPassword },
      undefined,
    );
    // It has left before: a sending whose minute is over is done again.
    await mailsTo(provider, wanted);
    fakeDate(Date.now() + 61_000);
    expect((await again(person, "accounts/address-change")).text).toContain("en route");
    const mails = await mailsTo(provider, wanted);
    expect(mails).toHaveLength(2);
    await person.browser.open(linkIn(mails.at(-1)?.text ?? "", "/account/email/"));
    expect(person.browser.page.find("#password")).toBeDefined();
  });

  it("tells what is open now, and nothing that has been closed since", async () => {
    const person = await newPerson(provider);
    const account = await rowOf(person);
    const { accesses } = provider.application;
    await accesses.open({ account, sirets: [one, two], by: "operator" });
    await accesses.close({ account, sirets: [two], by: "operator" });
    // They have left before: of letters that wait together the order is nobody's.
    await mailsTo(provider, person.email);
    // A closing is told once.
    expect(await buttons(person)).toEqual(["establishments/access-opened"]);
    expect((await again(person, "establishments/access-closed")).text).toContain(
      "n'a plus lieu d'être",
    );
    await again(person, "establishments/access-opened");
    const letter = (await mailsTo(provider, person.email)).at(-1);
    expect(letter?.text).toContain("130 025 265 00013");
    expect(letter?.text).not.toContain("356 000 000 09075");
    await accesses.close({ account, sirets: [one], by: "operator" });
    expect((await again(person, "establishments/access-opened")).text).toContain(
      "n'a plus lieu d'être",
    );
  });

  it("tells which requests wait, and why the last was refused", async () => {
    const person = await newPerson(provider);
    const account = await rowOf(person);
    const { accessRequests } = provider.application;
    const asked = await accessRequests.ask({ account, sirets: one, message: "" });
    if (!asked.accepted) throw new Error(asked.problems[0].reason);
    await again(person, "establishments/request-received");
    expect((await mailsTo(provider, person.email)).at(-1)?.text).toContain("130 025 265 00013");
    const { id } = asked.value.request;
    await accessRequests.refuse({ id, by: agent.sub, reason: "Il manque un mandat" });
    expect((await again(person, "establishments/request-received")).text).toContain(
      "n'a plus lieu d'être",
    );
    await again(person, "establishments/request-refused");
    const refusals = (await mailsTo(provider, person.email)).slice(-2);
    expect(refusals.map(({ text }) => text.includes("Il manque un mandat"))).toEqual([true, true]);
  });

  it("sends an invitation again, with all that waits for its address", async () => {
    const email = newAddress();
    const { invitations } = provider.application;
    await invitations.invite({ email: email as never, sirets: [one], by: agent.sub });
    await invitations.invite({ email: email as never, sirets: [two], by: agent.sub });
    await agent.open("/admin/invitations");
    await agent.browser.submit(`Renvoyer ${email} 130 025 265 00013`);
    expect(agent.browser.page.text).toContain("L'invitation est renvoyée.");
    const letter = (await mailsTo(provider, email)).at(-1);
    expect(letter?.text).toContain("130 025 265 00013");
    expect(letter?.text).toContain("356 000 000 09075");
  });

  it("fills no mailbox, whoever presses, and however many at once", async () => {
    const person = await newPerson(provider);
    const account = await rowOf(person);
    await provider.application.accesses.open({ account, sirets: [one], by: "operator" });
    const { accessLettersAgain } = provider.application;
    const send = async () =>
      accessLettersAgain["establishments/access-opened"]?.(account, agent.sub);
    const outcomes = await Promise.all(Array.from({ length: 8 }, send));
    expect(outcomes.filter((outcome) => outcome?.accepted)).toHaveLength(5);
    expect((await again(person, "establishments/access-opened")).text).toContain(
      "assez de messages de ce genre",
    );
    expect(await subjectsTo(person.email)).toHaveLength(6);
  });

  it("is nobody's who may not: not one's own, not a colleague's by an agent, not by a reader", async () => {
    const colleague = await newPerson(provider);
    await provider.application.administration.setRole(colleague.email, "agent", "operator");
    const account = await rowOf(colleague);
    const reader = await newColleague(provider, "reader");
    const { accessLettersAgain, lettersAgain } = provider.application;
    for (const [name, act] of Object.entries({ ...lettersAgain, ...accessLettersAgain })) {
      const reasons = [];
      for (const by of [agent.sub, colleague.sub, reader.sub, "nobody"]) {
        const outcome = await act?.(account, by);
        if (outcome && !outcome.accepted) reasons.push(outcome.problems[0].reason);
      }
      const expected = ["colleague-account", "own-account", "role-too-low", "role-too-low"];
      expect([name, ...reasons]).toEqual([name, ...expected]);
    }
    expect((await reader.open(pageOf(await newPerson(provider)))).html).not.toContain("Renvoyer");
  });
});
