import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Siret, parseSiret } from "../../src/establishments/index.ts";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import {
  mailTo,
  mailsTo,
  newAddress,
  signIn,
  signUpFields,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("an invited person, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function invite(typed: string, ...numbers: string[]) {
    const email = parseEmailAddress(typed);
    const parsed = numbers.map((number) => parseSiret(number));
    const checked: Siret[] = parsed.flatMap((each) => (each.accepted ? [each.value] : []));
    if (!email) throw new Error(`not an address: ${typed}`);
    const command = { email, sirets: checked, by: "operator" };
    expect(await provider.application.invitations.invite(command)).toMatchObject({
      accepted: true,
    });
  }

  it("makes an account from the mail, is led back to the service, and finds the access open", async () => {
    const email = newAddress();
    await invite(email, one, two);
    const mail = await mailTo(provider, email, "Vous êtes invité à accéder aux Web services");
    const browser = new BrowserAgent();
    await browser.open(mail.links[0] ?? "");
    expect(browser.page.h1).toBe("Créer un compte");
    // The same address however it is spelled.
    await browser.fill(signUpFields(email.toUpperCase())).submit("Créer le compte");
    await browser.open(await validationLink(provider, email));
    await browser.submit("Valider la création de mon compte");
    const subjects = (await mailsTo(provider, email)).map(({ subject }) => subject);
    expect(subjects.at(-1)).toBe("Ouverture de votre accès");
    expect(browser.page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
    const login = await provider.party("portal").login(browser, { scope: "openid establishments" });
    await signIn(browser, email);
    const { userinfo } = await login.signedIn();
    expect(userinfo["establishments"]).toMatchObject([{ siret: one }, { siret: two }]);
    const events = provider.log.filter((line) => /"event":"access-(invited|opened)"/.test(line));
    expect(events).toHaveLength(4);
    expect(events.join("")).not.toContain(email);
  });

  it("is forgotten with the account, and an address deleted opens nothing when it comes back", async () => {
    const email = newAddress();
    const account = await provider.addAccount(email);
    const { deleteAccount, invitations } = provider.application;
    await provider.application.database
      .knex("establishments")
      .insert({ siret: one, created_at: 1, updated_at: 1 })
      .onConflict("siret")
      .ignore();
    await provider.application.database.knex("invitations").insert({
      email,
      siret: one,
      locale: "fr",
      invited_at: 1,
      invited_by: "operator",
    });
    await deleteAccount({ account, by: "operator" });
    const left = await invitations.list({ email: parseEmailAddress(email) });
    expect(left).toEqual([]);
  });
});
