import { setTimeout as pause } from "node:timers/promises";
import { BrowserAgent } from "../support/browser-agent.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import type { SmtpTestServer } from "../support/smtp.ts";

/** A password that the policy takes. */
export const password = "cheval-pile-agrafe-correct";

/** Somebody who signed in and stays signed in: a browser with its session, a client with its tokens. */
export interface SignedInPerson {
  readonly browser: BrowserAgent;
  readonly email: string;
  tokens: SignedIn["tokens"];
  readonly sub: string;
}

/** What people met. */
export interface Experience {
  signIns: number;
  /** Sign-ins by the session alone, refreshes and userinfo of those signed in before. */
  returns: number;
  readonly failures: string[];
}

/** Signs somebody up by the pages and the mail, as anybody would. */
export async function signUp(issuer: string, smtp: SmtpTestServer, email: string): Promise<void> {
  const browser = new BrowserAgent();
  await browser.open(`${issuer}/signup`);
  const typed = { email, email_confirmation: email, password, password_confirmation: password };
  await browser.fill({ ...typed, given_name: "Camille", family_name: "Moulin" }).submit("#primary");
  const letter = await smtp.waitForMessage(({ envelope }) => envelope.to.includes(email), 20_000);
  const link = letter.links.find((each) => each.includes("/validate/"));
  if (link === undefined) throw new Error(`no link to validate among ${letter.links.join(" ")}`);
  await browser.open(link);
  const page = await browser.submit("#primary");
  if (page.status !== 200) throw new Error(`validating ${email} answered ${page.status}`);
}

/** Signs in with a new browser. */
export async function signIn(party: RelyingParty, email: string): Promise<SignedInPerson> {
  const browser = new BrowserAgent();
  const login = await party.login(browser, { scope: "openid email siret offline_access" });
  await browser.fill({ email, password }).submit("#primary");
  const { tokens, userinfo } = await login.signedIn();
  return { browser, email, tokens, sub: userinfo.sub };
}

/** Comes back: by the session without a page, by userinfo, by a refresh. */
export async function comeBack(party: RelyingParty, person: SignedInPerson): Promise<void> {
  const login = await party.login(person.browser, { prompt: "none" });
  const { userinfo } = await login.signedIn();
  if (userinfo.sub !== person.sub) throw new Error(`${person.email} has another sub now`);
  await party.userinfo(person.tokens.access_token, person.sub);
  const refreshToken = person.tokens.refresh_token;
  if (refreshToken === undefined) throw new Error("there was no refresh token");
  const refreshed = await party.refresh(refreshToken);
  person.tokens = { ...refreshed, refresh_token: refreshed.refresh_token ?? refreshToken };
}

/**
 * A bounded load: a few people at a time sign in, and those signed in come back, until it is ended.
 * @returns what ends it and waits for who is under way
 */
export function keepComing(
  party: RelyingParty,
  emails: readonly string[],
  { atOnce, kept }: { readonly atOnce: number; readonly kept: SignedInPerson[] },
): { readonly end: () => Promise<Experience> } {
  const experience: Experience = { signIns: 0, returns: 0, failures: [] };
  let ended = false;
  const one = async (turn: number) => {
    const email = emails[turn % emails.length] ?? "";
    while (!ended) {
      await attempt(experience, `sign-in of ${email}`, async () => {
        kept.push(await signIn(party, email));
        experience.signIns += 1;
      });
      const returning = kept[Math.floor((kept.length * turn) / atOnce)];
      if (returning) {
        await attempt(experience, `return of ${returning.email}`, async () => {
          await comeBack(party, returning);
          experience.returns += 1;
        });
      }
      await pause(50);
    }
  };
  const all = Array.from({ length: atOnce }, (_, turn) => one(turn));
  return {
    end: async () => {
      ended = true;
      await Promise.all(all);
      return experience;
    },
  };
}

async function attempt(
  { failures }: Experience,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    failures.push(`${what}: ${String(error)}`);
  }
}
