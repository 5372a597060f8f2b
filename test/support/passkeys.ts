import type { Account } from "../../src/accounts/index.ts";
import type { BrowserAgent, Page } from "./browser-agent.ts";
import type { Person } from "./person.ts";
import {
  type Misbehaviour,
  type SoftwareAuthenticator,
  softwareAuthenticator,
} from "./software-authenticator.ts";
import type { TestProvider } from "./test-provider.ts";

/** Turns a passkey of a device in software on for an account, as its own page does. */
export async function enrolPasskey(
  provider: TestProvider,
  { sub }: Pick<Person, "sub">,
  device = softwareAuthenticator(provider.issuer),
): Promise<{
  readonly device: SoftwareAuthenticator;
  readonly recoveryCodes: readonly string[];
}> {
  const { passkeys } = provider.application.secondFactors;
  const account = await accountOf(provider, sub);
  const request = await passkeys.proposeEnrolment(account);
  const outcome = await passkeys.enrol(account, device.create(request), "Téléphone");
  if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
  return { device, recoveryCodes: outcome.value.recoveryCodes ?? [] };
}

/** The account of this subject, as it is now. */
export async function accountOf(provider: TestProvider, sub: string): Promise<Account> {
  const [account] = await provider.application.accounts.findAllBySub([sub]);
  if (!account) throw new Error(`no account ${sub}`);
  return account;
}

/** What the page that a browser shows asks a device for, or its script does. */
export async function passkeyAsked(browser: BrowserAgent) {
  const { page } = browser;
  const form = page.find("form[data-passkey=get]");
  if (!form) throw new Error(`no passkey is asked for on ${page.describe()}`);
  const url = form.attribute("data-request");
  if (url !== undefined) {
    const { html } = await browser.tab().open(new URL(url, page.url));
    const { options, challenge } = JSON.parse(html) as {
      readonly options: AskedOptions;
      readonly challenge: string;
    };
    return { options, sealed: challenge };
  }
  const options = JSON.parse(form.attribute("data-options") ?? "") as AskedOptions;
  const sealed = page.find("form[data-passkey=get] [name=challenge]")?.attribute("value") ?? "";
  return { options, sealed };
}

/** What the page of a new passkey asks a device for. */
export function passkeyToMake({ page }: BrowserAgent) {
  const form = page.find("form[data-passkey=create]");
  if (!form) throw new Error(`no passkey is to be made on ${page.describe()}`);
  const options = JSON.parse(form.attribute("data-options") ?? "") as AskedOptions;
  const challenge = page.find("form[data-passkey=create] [name=challenge]");
  return { options, sealed: challenge?.attribute("value") ?? "" };
}

interface AskedOptions {
  readonly challenge: string;
  readonly allowCredentials: readonly { readonly id: string }[];
}

/** Answers the page that a browser shows with a device, as the page's script would send it. */
export async function answerPasskey(
  browser: BrowserAgent,
  device: SoftwareAuthenticator,
  bent: Misbehaviour = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const { url } = browser.page;
  const fields = { ...device.use(await passkeyAsked(browser), bent), ...more };
  return browser.post(url, { ...fields }, url);
}
