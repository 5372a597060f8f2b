import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { systemRandom } from "../../src/foundation/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { signUpFields } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { startSmtp } from "../support/smtp.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const newPassword = "agrafe-cheval-correct-pile";
const anHour = 3_600_000;

async function signUp(provider: TestProvider, email: string): Promise<BrowserAgent> {
  const browser = new BrowserAgent();
  await browser.open(`${provider.issuer}/signup`);
  await browser.fill(signUpFields(email)).submit();
  return browser;
}

/** The latest link of that kind mailed to an address. */
async function mailedLink(provider: TestProvider, email: string, path: string): Promise<string> {
  const isIt = (link: string) => link.includes(path);
  const mail = await provider.smtp.waitForMessage(
    ({ envelope, links }) => envelope.to[0] === email && links.some(isIt),
    10_000,
  );
  return mail.links.find(isIt) ?? "";
}

describe.each(databases)("the mail server, end to end, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("may be down while people sign up: they are answered at once and mailed later, once", async () => {
    const { port } = provider.smtp;
    await provider.smtp.close();
    const email = "panne@partenaire.test";
    const browser = await signUp(provider, email);
    expect(browser.page.text).toContain(`envoyé sur votre email : ${email}`);
    await logged("not delivered yet");
    const again = await startSmtp({ port });
    // The first pause is 5 s.
    await again.waitForMessage(({ envelope }) => envelope.to[0] === email, 12_000);
    expect(again.messages).toHaveLength(1);
    await again.close();
    Object.assign(provider.smtp, await startSmtp({ port }));
  }, 30_000);

  it("may refuse one recipient and break in the middle of another's mail: the third gets its own", async () => {
    const { behaviours } = provider.smtp;
    behaviours.refuseRecipient = (to) =>
      to === "refuse@partenaire.test" ? "550 5.1.1 no" : undefined;
    let breaks = 1;
    behaviours.dropDuringData = (to) => to === "coupe@partenaire.test" && breaks-- > 0;
    const names = ["refuse", "coupe", "bien"].map((name) => `${name}@partenaire.test`);
    await Promise.all(names.map((email) => signUp(provider, email)));
    await mailedLink(provider, "bien@partenaire.test", "/validate/");
    await mailedLink(provider, "coupe@partenaire.test", "/validate/");
    const to = provider.smtp.messages.map(({ envelope }) => envelope.to[0]).sort();
    expect(to).toEqual(["bien@partenaire.test", "coupe@partenaire.test"]);
    expect(await provider.application.outbox.failedCount()).toBe(1);
    behaviours.refuseRecipient = undefined;
    behaviours.dropDuringData = undefined;
  }, 30_000);

  function logged(words: string): Promise<void> {
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (!provider.log.some((line) => line.includes(words))) return;
        clearInterval(timer);
        resolve();
      }, 20);
    });
  }
});

describe.each(databases)("the clock stepping back an hour, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("leaves a sign-up, its mail, its resend and its link as they were", async () => {
    const email = "recule@partenaire.test";
    const now = Date.now();
    fakeDate(now + anHour);
    const browser = await signUp(provider, email);
    fakeDate(now);
    await mailedLink(provider, email, "/validate/");
    await browser.submit("Renvoyer à nouveau l'email");
    expect(browser.page.status).toBe(200);
    await provider.smtp.waitForMessage(
      () => provider.smtp.messages.filter(({ envelope }) => envelope.to[0] === email).length === 2,
      10_000,
    );
    const newest = provider.smtp.messages.filter(({ envelope }) => envelope.to[0] === email).at(-1);
    await browser.open(newest?.links.find((link) => link.includes("/validate/")) ?? "");
    await browser.submit("Valider la création de mon compte");
    expect(browser.page.text).toContain("Félicitations");
  }, 30_000);

  it("lets a person sign in with the password that was set before the step", async () => {
    const person = await newPerson(provider, sirets[0]);
    const now = Date.now();
    fakeDate(now + anHour);
    await person.browser.open(`${provider.issuer}/recovery`);
    await person.browser.fill({ email: person.email }).submit();
    const link = await mailedLink(provider, person.email, "/recovery/");
    await person.browser.open(link);
    const passwords = { password: newPassword, password_confirmation: newPassword };
    await person.browser.fill(passwords).submit();
    fakeDate(now);
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const client = plainClient(provider, "portal");
    await client.authorize(browser, { scope: "openid siret" });
    await browser.fill({ email: person.email, password: newPassword }).submit("Se connecter");
    const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    const answer = await userinfo(provider, body["access_token"]);
    expect(answer).toMatchObject({ status: 200, body: { siret: sirets[0] } });
    expect((await client.refresh(body["refresh_token"])).status).toBe(200);
    // The link that was used before the step stays used after it.
    expect((await browser.open(link)).status).toBe(410);
  }, 30_000);

  it("keeps sessions and tokens alive, and lets them end when their time has come", async () => {
    const person = await newPerson(provider, sirets[0]);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    const now = Date.now();
    fakeDate(now + anHour);
    await client.authorize(browser, { scope: "openid siret" });
    await person.signIn(browser);
    const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    fakeDate(now);
    expect((await userinfo(provider, body["access_token"])).status).toBe(200);
    await client.authorize(browser, { scope: "openid siret" });
    expect(client.answer(browser.page).get("code")).toBeTruthy();
    fakeDate(now + anHour + 660_000);
    expect((await userinfo(provider, body["access_token"])).status).toBe(401);
  });
});

describe("a full disk", () => {
  let provider: TestProvider;
  const register = () => provider.application.database.knex;

  beforeAll(async () => {
    const [sqlite] = databases;
    if (!sqlite) throw new Error("SQLite is always at hand");
    provider = await startTestProvider(sqlite);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("is told honestly, loses nothing acknowledged, and is forgotten once there is space", async () => {
    const person = await newPerson(provider, sirets[0]);
    const client = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
    await client.authorize(browser, { scope: "openid siret" });
    await person.signIn(browser);
    const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");
    await signUp(provider, "avant@partenaire.test");
    // A mail that leaves gives pages back.
    await mailedLink(provider, "avant@partenaire.test", "/validate/");
    await waitFor("its row to be settled", async () => {
      const waiting: unknown[] = await register()("outbox").where("state", "waiting");
      return waiting.length === 0;
    });
    await fill();

    const refused = await signUp(provider, "pendant@partenaire.test");
    expect(refused.page.status).toBe(503);
    expect(refused.page.lang).toBe("fr");
    const reference = /Référence[^:]*: ([\w-]{22})/.exec(refused.page.text)?.[1] ?? "none";
    const line = provider.log.find((each) => each.includes(reference)) ?? "";
    expect(line).toContain("SQLITE_FULL");
    expect(line).not.toContain("pendant@");
    for (const path of ["/livez", "/readyz"]) {
      expect((await fetch(`${provider.issuer}${path}`)).status).toBe(200);
    }
    expect((await userinfo(provider, body["access_token"])).body["siret"]).toBe(sirets[0]);

    await register().raw("PRAGMA max_page_count = 1000000");
    await signUp(provider, "pendant@partenaire.test");
    await mailedLink(provider, "pendant@partenaire.test", "/validate/");
    const to = provider.smtp.messages
      .filter(({ subject }) => subject === "Validation de création de compte")
      .map(({ envelope }) => envelope.to[0]);
    expect(to.sort()).toEqual(["avant@partenaire.test", "pendant@partenaire.test"]);
  }, 30_000);

  /**
   * Writes into the table of the sign-ups until not one row more fits, wherever in its indexes of random keys a row
   * falls: a page of these may be full while the next still has room.
   */
  async function fill(): Promise<void> {
    const rows: unknown = await register().raw("PRAGMA page_count");
    const [counted] = rows as { readonly page_count: number }[];
    await register().raw(`PRAGMA max_page_count = ${(counted?.page_count ?? 0) + 20}`);
    for (const length of [10_000, 1000, 100, 1]) {
      for (let refusals = 0; refusals < 30;) refusals = (await takes(length)) ? 0 : refusals + 1;
    }
  }

  async function takes(length: number): Promise<boolean> {
    const filling = { given_name: "x".repeat(length), family_name: "", email: "", locale: "fr" };
    const row = {
      ...filling,
      id: systemRandom.identifier(),
      password_hash: "",
      browser_digest: "",
      letter_asked_at: 0,
      created_at: 0,
      expires_at: 4_000_000_000,
    };
    return register()("pending_sign_ups")
      .insert(row)
      .then(
        () => true,
        () => false,
      );
  }
});
