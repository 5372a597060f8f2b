import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { StaffRole } from "../../src/accounts/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type Person, newPerson } from "../support/person.ts";
import { enrolSecondFactor, shownSecret, totpCode } from "../support/second-factor.ts";
import { enrolmentCode, newColleague, typeEnrolmentCode } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const asksCode = "Votre code d'enrôlement";
const asksFactor = "Activer la vérification en deux étapes";

/** The password, and the mailbox, must not be enough to become a member of staff with a second factor. */
describe.each(databases)("the first second factor of staff, on $name", (kind) => {
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

  const setRole = async ({ email }: Pick<Person, "email">, role: StaffRole | undefined) => {
    const { administration } = provider.application;
    expect((await administration.setRole(email, role, "operator")).accepted).toBe(true);
  };
  const newStaff = async (): Promise<Person> => {
    const person = await newPerson(provider);
    await setRole(person, "agent");
    return person;
  };
  const admin = (browser: BrowserAgent) => browser.open(`${provider.issuer}/admin`);
  /** A member of staff, at the page that asks for the code. */
  const atCode = async (person?: Person): Promise<Person> => {
    const staff = person ?? (await newStaff());
    await admin(staff.browser);
    await staff.signIn();
    expect(staff.browser.page.h1).toBe(asksCode);
    return staff;
  };
  const type = (browser: BrowserAgent, code: string) =>
    browser.fill({ enrolment_code: code }).submit();
  const isIn = ({ page }: BrowserAgent) => page.url === `${provider.issuer}/admin`;

  it("is turned on with the code alone, which is shown before any secret and used up", async () => {
    const staff = await newStaff();
    const code = await enrolmentCode(provider, staff);
    expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    const { browser } = await atCode(staff);
    expect(browser.page.find("#secret")).toBeUndefined();
    for (const wrong of ["", "0000-0000-0000-0000", "123456"]) {
      await type(browser, wrong);
      expect([browser.page.status, browser.page.h1]).toEqual([422, asksCode]);
      expect(browser.page.find("#secret")).toBeUndefined();
    }
    await type(browser, code.toLowerCase().replaceAll("-", " "));
    expect(browser.page.h1).toBe(asksFactor);
    await browser.fill({ code: "000000" }).submit();
    expect([browser.page.status, browser.page.h1]).toEqual([422, asksFactor]);
    await enrolSecondFactor(browser);
    expect(isIn(browser)).toBe(true);
    const { knex } = provider.application.database;
    expect(await knex("enrolment_codes").where({ account_sub: staff.sub })).toEqual([]);
  });

  it("proposes the same application to who reloads its page and types the code again", async () => {
    const staff = await newStaff();
    const code = await enrolmentCode(provider, staff);
    const { browser } = await atCode(staff);
    await type(browser, code);
    const secret = shownSecret(browser.page);
    await browser.open(browser.page.url);
    expect([browser.page.h1, browser.page.find("#secret")]).toEqual([asksCode, undefined]);
    await type(browser, code);
    expect(shownSecret(browser.page)).toBe(secret);
    await enrolSecondFactor(browser);
    expect(isIn(browser)).toBe(true);
  });

  it("goes with the account that it is for, and nobody else's does", async () => {
    const { administration, database, deleteAccount } = provider.application;
    const [staff, other] = [await newStaff(), await newStaff()];
    const code = await enrolmentCode(provider, staff);
    await enrolmentCode(provider, other);
    const found = await administration.find(other.email);
    if (!found.accepted) throw new Error("no account");
    await deleteAccount({ account: found.value, by: "operator" });
    const left = database.knex("enrolment_codes").where({ account_sub: other.sub });
    expect(await left).toEqual([]);
    const { browser } = await atCode(staff);
    await type(browser, code);
    expect(browser.page.h1).toBe(asksFactor);
  });

  it("is kept as a digest, alone", async () => {
    const staff = await newStaff();
    const code = await enrolmentCode(provider, staff);
    const { knex } = provider.application.database;
    const row = await knex("enrolment_codes").where({ account_sub: staff.sub }).first<object>();
    expect(JSON.stringify(row)).not.toContain(code);
    expect(JSON.stringify(row)).not.toContain(code.replaceAll("-", ""));
  });

  it.each<[string, (staff: Person) => Promise<unknown>]>([
    ["a newer one", (staff) => enrolmentCode(provider, staff)],
    ["another role", (staff) => setRole(staff, "reader")],
    [
      "a role that was taken away and given back",
      async (staff) => {
        await setRole(staff, undefined);
        await setRole(staff, "agent");
      },
    ],
    [
      "a day",
      () => {
        fakeDate(Date.now() + 86_400_000);
        return Promise.resolve();
      },
    ],
  ])("takes no code that %s has voided, nor the page behind it", async (what, change) => {
    const staff = await newStaff();
    const code = await enrolmentCode(provider, staff);
    const { browser } = await atCode(staff);
    if (what !== "a day") {
      await type(browser, code);
      expect(browser.page.h1).toBe(asksFactor);
      await change(staff);
      await browser.fill({ code: totpCode(shownSecret(browser.page)) }).submit();
    } else {
      await change(staff);
      await atCode(staff);
    }
    expect(browser.page.h1).toBe(asksCode);
    await type(browser, code);
    expect([browser.page.status, browser.page.h1]).toEqual([422, asksCode]);
    expect(await provider.application.secondFactors.has(staff.sub)).toBe(false);
  });

  it("counts the codes that are tried", async () => {
    const { browser } = await atCode();
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      await type(browser, "0000-0000-0000-0000");
      statuses.push(browser.page.status);
    }
    expect(statuses.at(0)).toBe(422);
    expect(statuses.at(-1)).toBe(429);
  });

  it("is not turned on by a colleague's code, nor by the act without one", async () => {
    const [staff, other] = [await newStaff(), await newStaff()];
    const { browser } = await atCode(staff);
    await type(browser, await enrolmentCode(provider, other));
    expect([browser.page.status, browser.page.h1]).toEqual([422, asksCode]);
    const { totp } = provider.application.secondFactors;
    const [account] = await provider.application.accounts.findAllBySub([staff.sub]);
    if (!account) throw new Error("no account");
    const { secret, sealed } = totp.propose(account);
    const form = { code: totpCode(secret), enrolment: sealed };
    for (const admission of [undefined, "", sealed]) {
      const outcome = await totp.enrol(account, form, admission);
      expect(outcome).toMatchObject({ problems: [{ reason: "enrolment-code-missing" }] });
    }
  });

  it("is turned on once, by whoever of two with the same code is faster", async () => {
    const staff = await newStaff();
    const { staff: enrolment, totp } = provider.application.secondFactors;
    const code = await enrolmentCode(provider, staff);
    const [account] = await provider.application.accounts.findAllBySub([staff.sub]);
    if (!account) throw new Error("no account");
    const checked = await enrolment.check(account, code);
    if (!checked.accepted) throw new Error("the code is refused");
    const proposals = [totp.propose(account), totp.propose(account)];
    const outcomes = await Promise.all(
      proposals.map(({ secret, sealed }) =>
        totp.enrol(account, { code: totpCode(secret), enrolment: sealed }, checked.value),
      ),
    );
    expect(outcomes.filter(({ accepted }) => accepted)).toHaveLength(1);
  });

  it("of before the role opens nothing: with the code it is replaced, and its sessions end", async () => {
    const person = await newPerson(provider);
    const { browser } = person;
    await browser.open(`${provider.issuer}/account/security/application`);
    await person.signIn();
    const former = await enrolSecondFactor(browser);
    const elsewhere = new BrowserAgent();
    await elsewhere.open(`${provider.issuer}/account`);
    await person.signIn(elsewhere);
    await elsewhere.fill({ code: totpCode(former.secret) }).submit();
    expect(elsewhere.page.url).toBe(`${provider.issuer}/account`);
    await setRole(person, "admin");
    await admin(browser);
    expect(browser.page.h1).toBe(asksCode);
    await typeEnrolmentCode(provider, person, browser);
    expect(browser.page.h1).toBe(asksFactor);
    const present = await enrolSecondFactor(browser);
    expect(present.recoveryCodes).toHaveLength(10);
    expect(isIn(browser)).toBe(true);
    await elsewhere.open(`${provider.issuer}/account`);
    expect(elsewhere.page.h1).toBe("Connexion");
    await person.signIn(elsewhere);
    await elsewhere.fill({ code: former.recoveryCodes[0] ?? "" }).submit();
    expect(elsewhere.page.status).toBe(422);
    await elsewhere.fill({ code: totpCode(present.secret) }).submit();
    expect(elsewhere.page.url).toBe(`${provider.issuer}/account`);
    await admin(elsewhere);
    expect(isIn(elsewhere)).toBe(true);
  });

  it("that is gone opens nothing, whatever the session began with", async () => {
    const { browser } = await atCode();
    const sub = (await provider.application.administration.staff()).at(-1)?.sub;
    expect(sub).toBeDefined();
    const colleague = await newColleague(provider, "admin");
    await colleague.open("/admin");
    expect(colleague.browser.page.url).toBe(`${provider.issuer}/admin`);
    const { knex } = provider.application.database;
    await knex("totp_factors").where({ account_sub: colleague.sub }).delete();
    await colleague.open("/admin");
    expect(colleague.browser.page.h1).toBe(asksCode);
    expect(browser.page.h1).toBe(asksCode);
  });

  it("is turned on at the back office's door alone; the next ones in one's own account", async () => {
    const staff = await newStaff();
    const { browser } = staff;
    await browser.open(`${provider.issuer}/account/security/application`);
    await staff.signIn();
    expect(browser.page.h1).toBe(asksCode);
    await typeEnrolmentCode(provider, staff, browser);
    await enrolSecondFactor(browser);
    await browser.open(`${provider.issuer}/account/security/passkeys/new`);
    expect(browser.page.h1).toBe("Ajouter une clé d'accès");
  });

  describe("an admin, by the page of the team,", () => {
    it("adds a colleague and hands over the code, which is shown once", async () => {
      const [admins, staff] = [await newColleague(provider, "admin"), await newPerson(provider)];
      await admins.post("/admin/members", { email: staff.email, role: "agent" });
      const code = admins.browser.page.find("#enrolment-code")?.text.trim() ?? "";
      expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      await admins.open(admins.browser.page.url.replace(provider.issuer, ""));
      expect(admins.browser.page.text).not.toContain(code);
      await atCode(staff);
      await type(staff.browser, code);
      expect(staff.browser.page.h1).toBe(asksFactor);
    });

    it("makes another code for who has none, and neither for themselves nor as an agent", async () => {
      const [admins, agent] = [
        await newColleague(provider, "admin"),
        await newColleague(provider, "agent"),
      ];
      const staff = await newStaff();
      const path = ({ sub }: Pick<Person, "sub">) => `/admin/members/${sub}/enrolment-code`;
      await admins.post(path(staff));
      expect(admins.browser.page.find("#enrolment-code")).toBeDefined();
      await admins.post(path(agent));
      expect(admins.browser.page.find("#enrolment-code")).toBeUndefined();
      expect(admins.browser.page.text).toContain("Aucun code n'est nécessaire");
      expect((await admins.post(path(admins))).status).toBe(403);
      expect((await agent.post(path(staff))).status).toBe(403);
      const { staff: enrolment } = provider.application.secondFactors;
      for (const by of [agent.sub, staff.sub])
        expect((await enrolment.issue(staff, by)).accepted).toBe(false);
      expect((await enrolment.issue(await newPerson(provider), "operator")).accepted).toBe(false);
    });
  });
});
