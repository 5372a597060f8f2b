import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Siret, parseSiret } from "../../src/establishments/index.ts";
import { type EmailAddress, parseEmailAddress } from "../../src/foundation/index.ts";
import {
  askRecovery,
  mailsTo,
  masked,
  newAddress,
  recoveryLink,
  signUp,
  signUpFields,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 30, 12);

/** Who knows an address must not fill its mailbox, nor take a link from who waits for one. */
describe.each(databases)("who is written to because others ask, on $name", (kind) => {
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

  const subjects = async (email: string) =>
    (await mailsTo(provider, email)).map(({ subject }) => subject);

  it("gets five validations of eight sign-ups, and every page is the same", async () => {
    const email = newAddress();
    const origin = { locale: "fr", clientId: undefined } as const;
    const first = await signUp(provider, email);
    const ask = () => provider.application.signUpRequests.request(signUpFields(email), origin);
    // One after the other: the check of passwords has a short queue.
    for (let asked = 0; asked < 6; asked += 1) expect((await ask()).accepted).toBe(true);
    const last = await signUp(provider, email);
    expect(masked(last.page, email)).toBe(masked(first.page, email));
    expect(last.page.text).toContain("Suivez le lien du dernier.");
    const mails = await mailsTo(provider, email);
    expect(mails.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 5 }, () => "Validation de création de compte"),
    );
    for (const { links } of mails) {
      const page = await new BrowserAgent().open(
        links.find((each) => each.includes("/validate/")) ?? "",
      );
      expect(page.status).toBe(200);
    }
  });

  it("keeps the link it has when no further one is sent", async () => {
    const email = newAddress();
    await provider.addAccount(email);
    let link = "";
    for (let asked = 0; asked < 6; asked += 1) {
      fakeDate(noon + asked * minute);
      const { page } = await askRecovery(provider, email);
      expect(page.text).toContain("Suivez le lien du dernier.");
      link = await recoveryLink(provider, email);
    }
    expect(await subjects(email)).toHaveLength(5);
    expect((await new BrowserAgent().open(link)).status).toBe(200);
    await provider.application.signUpRequests.request(signUpFields(email), {
      locale: "fr",
      clientId: undefined,
    });
    expect((await subjects(email)).at(-1)).toBe("Vous avez déjà un compte");
  });

  it("gets five letters of somebody's change of address, and the last one's link stays good", async () => {
    const person = await newPerson(provider, sirets[0]);
    const sub = (await accountAt(person.email)).sub;
    const email = newAddress();
    const form = { email, email_confirmation: email, current_password: goodPassword };
    let link = "";
    for (let asked = 0; asked < 6; asked += 1) {
      fakeDate(noon + asked * minute);
      const account = await accountAt(person.email);
      const answer = await provider.application.addressChange.request(account, form, undefined);
      expect([account.sub, answer]).toEqual([sub, { accepted: true, value: email }]);
      const { links } = (await mailsTo(provider, email)).at(-1) ?? { links: [] };
      link = links.find((each) => each.includes("/account/email/")) ?? "";
    }
    expect(await subjects(email)).toHaveLength(5);
    expect((await new BrowserAgent().open(link)).status).toBe(200);
  });

  it("gets five invitations, and what was invited without a letter opens too", async () => {
    const email = typed(newAddress());
    const numbers = ["13002526500013", "41816609600051", "55210055400013", "35600000000048"];
    const invite = (one: Siret) =>
      provider.application.invitations.invite({ email, sirets: [one], by: "operator" });
    const checked = [...numbers, "44306184100047", "38012986646850"].flatMap((number) => {
      const parsed = parseSiret(number);
      return parsed.accepted ? [parsed.value] : [];
    });
    for (const siret of checked) expect(await invite(siret)).toMatchObject({ accepted: true });
    expect(await subjects(email)).toHaveLength(Math.min(5, checked.length));
    expect(await provider.application.invitations.waiting([email])).toHaveLength(checked.length);
    expect(checked.length).toBeGreaterThan(5);
    // Who sends one again is told that no further letter goes.
    const [waiting] = await provider.application.invitations.waiting([email]);
    const again = await provider.application.invitations.sendAgain(waiting?.id ?? 0, "operator");
    expect(again).toMatchObject({ accepted: false, problems: [{ reason: "letter-limit" }] });
  });

  async function accountAt(email: string) {
    const known = await provider.application.accounts.findByEmail(typed(email));
    if (!known) throw new Error("no account");
    return known.account;
  }
});

function typed(text: string): EmailAddress {
  const email = parseEmailAddress(text);
  if (!email) throw new Error(`not an address: ${text}`);
  return email;
}
