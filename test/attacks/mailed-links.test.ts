import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import {
  askRecovery,
  mailsTo,
  newAddress,
  postAtOnce,
  recoveryLink,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const validate = "Valider la création de mon compte";
const renewed = "agrafe-cheval-correct-pile";
const passwords = { password: renewed, password_confirmation: renewed };

describe.each(databases)("a mailed link, on $name", (kind) => {
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

  async function signedUp() {
    const email = newAddress();
    const browser = await signUp(provider, email);
    return { email, browser, link: await validationLink(provider, email) };
  }

  async function recovering() {
    const email = newAddress();
    await provider.addAccount(email);
    const browser = await askRecovery(provider, email);
    return { email, browser, link: await recoveryLink(provider, email) };
  }

  async function passwordHash(email: string): Promise<string | undefined> {
    const parsed = parseEmailAddress(email);
    return parsed && (await provider.application.accounts.findByEmail(parsed))?.passwordHash;
  }

  /** What mail scanners do: HEAD, GET, and every form of the page sent as it stands, again and again. */
  async function scan(link: string): Promise<Page[]> {
    for (const method of ["HEAD", "GET"]) expect((await fetch(link, { method })).status).toBe(200);
    const pages: Page[] = [];
    for (let visit = 0; visit < 30; visit += 1) {
      const scanner = new BrowserAgent();
      await scanner.open(link);
      pages.push(await scanner.submit());
    }
    return pages;
  }

  it("of a validation is left as it is by a scanner that sends the form, for each browser of the person", async () => {
    const own = await signedUp();
    const elsewhere = await signedUp();
    for (const { email, link } of [own, elsewhere]) {
      expect(new Set((await scan(link)).map(({ status }) => status))).toEqual(new Set([422]));
      expect(await passwordHash(email)).toBeUndefined();
    }
    await own.browser.open(own.link);
    expect((await own.browser.submit(validate)).h1).toBe("Compte validé");
    const phone = new BrowserAgent();
    await phone.open(elsewhere.link);
    await phone.fill({ password: goodPassword }).submit(validate);
    expect(phone.page.h1).toBe("Compte validé");
  });

  it("of a recovery is left as it is by a scanner that sends the form, and is then good once", async () => {
    const { email, link } = await recovering();
    const before = await passwordHash(email);
    expect(new Set((await scan(link)).map(({ status }) => status))).toEqual(new Set([422]));
    expect(await passwordHash(email)).toBe(before);
    const phone = new BrowserAgent();
    await phone.open(link);
    expect((await phone.fill(passwords).submit()).h1).toBe("Mot de passe modifié");
    expect(await passwordHash(email)).not.toBe(before);
    expect((await phone.post(link, passwords, link)).status).toBe(410);
  });

  it("of either kind is good for one of fifty uses at the same time", async () => {
    const { email, browser, link } = await signedUp();
    const once = [303, ...Array.from({ length: 49 }, () => 410)];
    expect(await postAtOnce(browser, link, {}, 50)).toEqual(once);
    await askRecovery(provider, email);
    const recovery = await recoveryLink(provider, email);
    const statuses = await postAtOnce(new BrowserAgent(), recovery, passwords, 50);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    // On a slow machine some of the new hashes are refused before they are begun.
    expect(statuses.filter((status) => ![303, 410, 503].includes(status))).toEqual([]);
    const subjects = (await mailsTo(provider, email)).map(({ subject }) => subject);
    expect(subjects.slice(2)).toEqual(["Votre mot de passe a été modifié"]);
  });

  it("opens nothing with any one of its characters changed", async () => {
    const { browser, link, email } = await signedUp();
    const recovery = await recovering();
    const before = await passwordHash(recovery.email);
    for (let position = 1; position <= 43; position += 1) {
      for (const each of [link, recovery.link]) {
        const url = changedAt(each, each.length - position);
        expect((await browser.open(url)).status).toBe(410);
        expect((await browser.post(url, passwords, url)).status).toBe(410);
      }
    }
    expect(await passwordHash(email)).toBeUndefined();
    expect(await passwordHash(recovery.email)).toBe(before);
    expect((await browser.open(link)).status).toBe(200);
  });

  it("of one purpose opens nothing of the other", async () => {
    const { browser, link, email } = await signedUp();
    const recovery = await recovering();
    const before = await passwordHash(recovery.email);
    const swapped = [
      link.replace("/validate/", "/recovery/"),
      recovery.link.replace("/recovery/", "/validate/"),
    ];
    for (const url of swapped) {
      for (const address of [url, `${url}/done`]) {
        expect((await browser.open(address)).status).toBe(410);
      }
      expect((await browser.post(url, { ...passwords }, url)).status).toBe(410);
    }
    expect(await passwordHash(email)).toBeUndefined();
    expect(await passwordHash(recovery.email)).toBe(before);
  });

  it("is void once a newer one exists of the same sign-up or account, and of no other", async () => {
    const begin = Date.now();
    fakeDate(begin);
    const { email, browser, link } = await signedUp();
    const stranger = await signUp(provider, email);
    const strangers = await validationLink(provider, email);
    fakeDate(begin + 61_000);
    await browser.submit("Renvoyer à nouveau l'email");
    const newer = await validationLink(provider, email);
    expect((await browser.post(link, {}, link)).h1).toBe(
      "Ce lien de validation n'est plus valable",
    );
    expect((await stranger.open(strangers)).status).toBe(200);
    await browser.open(newer);
    expect((await browser.submit(validate)).h1).toBe("Compte validé");

    await askRecovery(provider, email);
    const first = await recoveryLink(provider, email);
    fakeDate(begin + 122_000);
    await askRecovery(provider, email);
    const second = await recoveryLink(provider, email);
    const before = await passwordHash(email);
    expect((await browser.post(first, passwords, first)).h1).toBe(
      "Ce lien de récupération n'est plus valable",
    );
    expect(await passwordHash(email)).toBe(before);
    expect((await browser.post(second, passwords, second)).h1).toBe("Mot de passe modifié");
  });

  it("is what a recovery needs: in every order of its other steps the hash never changes", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    const before = await passwordHash(email);
    const { issuer } = provider;
    const own = await signedUp();
    const ownSecret = own.link.split("/").at(-1) ?? "";
    await plainClient(provider, "portal").authorize(own.browser);
    const interaction = own.browser.page.url;
    const post = (path: string, fields: Readonly<Record<string, string>>) =>
      own.browser.post(path, fields, issuer);
    const steps = [
      () => post(`${issuer}/recovery`, { email, ...passwords }),
      () => own.browser.open(`${issuer}/recovery/sent`),
      async () => {
        await post(`${issuer}/recovery/${systemRandom.secret()}`, { email, ...passwords });
        return post(`${issuer}/recovery/${ownSecret}`, { email, ...passwords });
      },
      () => post(`${interaction}/recovery`, { email, token: ownSecret, ...passwords }),
    ];
    for (const order of permutations(steps)) {
      for (const step of order) expect((await step()).status).not.toBe(500);
      expect(await passwordHash(email)).toBe(before);
    }
    for (const path of ["sent", "done", "%20", "", "undefined", "null", `${ownSecret}/done`]) {
      await own.browser.open(`${issuer}/recovery/${path}`);
      await post(`${issuer}/recovery/${path}`, { email, ...passwords });
    }
    expect(await passwordHash(email)).toBe(before);
    // None of it ended the person's own way: the mail that was asked for opens it.
    await own.browser.open(await recoveryLink(provider, email));
    expect((await own.browser.fill(passwords).submit()).h1).toBe("Mot de passe modifié");
  });
});

/** The same text with the character at an index replaced by its neighbour. */
function changedAt(text: string, index: number): string {
  return text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
