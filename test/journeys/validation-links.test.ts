import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  askRecovery,
  newAddress,
  recoveryLink,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const validate = "Valider la création de mon compte";
const congratulations =
  "Félicitations, votre compte a bien été validé. Vous pouvez maintenant vous connecter à votre espace Web services :";

describe.each(databases)("a validation link, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: {},
        initiating: { initiate_login_uri: "https://service.test/connexion?from=auth" },
        addressless: { client_uri: undefined },
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function signedUp(): Promise<{ email: string; browser: BrowserAgent; link: string }> {
    const email = newAddress();
    const browser = await signUp(provider, email);
    return { email, browser, link: await validationLink(provider, email) };
  }

  it("opens until the second before 24 hours, and no longer", async () => {
    const begin = Math.floor(Date.now() / 1000) * 1000;
    fakeDate(begin);
    const { browser, link } = await signedUp();
    const late = await signedUp();
    fakeDate(begin + 86_399_000);
    await browser.open(link);
    expect((await browser.submit(validate)).text).toContain(congratulations);
    await late.browser.open(late.link);
    for (const elapsed of [86_400_000, 86_401_000]) {
      fakeDate(begin + elapsed);
      const page = await late.browser.post(late.link, {}, late.link);
      expect(page).toMatchObject({ status: 410, h1: "Ce lien de validation a expiré" });
      expect(page.find("#primary")?.text).toBe("Créer un compte");
    }
  });

  it("says of a used link that the account is validated, and leads to sign-in", async () => {
    const { browser, link } = await signedUp();
    await browser.open(link);
    await browser.submit(validate);
    const page = await new BrowserAgent().open(link);
    expect(page).toMatchObject({ status: 410, h1: "Ce lien de validation a déjà servi" });
    expect(page.find("#primary")?.attribute("href")).toBe(provider.party("portal").origin);
  });

  it("voids a link once a newer one was sent", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const { email, browser, link } = await signedUp();
    fakeDate(begin + 60_000);
    await browser.submit("Renvoyer à nouveau l'email");
    const newer = await validationLink(provider, email);
    expect(newer).not.toBe(link);
    const page = await browser.post(link, {}, link);
    expect(page).toMatchObject({ status: 410, h1: "Ce lien de validation n'est plus valable" });
    expect(page.text).toContain("Un message plus récent l'a remplacé");
    await browser.open(newer);
    expect((await browser.submit(validate)).text).toContain(congratulations);
  });

  it("refuses a link with one byte changed, and one of another purpose", async () => {
    const { email, browser, link } = await signedUp();
    const changed = link.slice(0, -2) + (link.at(-2) === "A" ? "B" : "A") + link.slice(-1);
    await browser.open(link);
    await browser.submit(validate);
    await askRecovery(provider, email);
    const recovery = await recoveryLink(provider, email);
    for (const url of [changed, recovery.replace("/recovery/", "/validate/")]) {
      for (const page of [await browser.open(url), await browser.post(url, {}, url)]) {
        expect(page).toMatchObject({ status: 410, h1: "Ce lien de validation n'est plus valable" });
      }
    }
    expect((await browser.open(link.replace("/validate/", "/recovery/"))).h1).toBe(
      "Ce lien de récupération n'est plus valable",
    );
    expect((await browser.open(`${changed}/done`)).status).toBe(410);
  });
});
