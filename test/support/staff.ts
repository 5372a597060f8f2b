import type { StaffRole } from "../../src/accounts/index.ts";
import type { BrowserAgent, Page } from "./browser-agent.ts";
import { type Person, newPerson } from "./person.ts";
import type { TestProvider } from "./test-provider.ts";

/** A member of staff, signed in, in front of the back office. */
export interface Colleague extends Person {
  /** Opens a page of the back office. */
  readonly open: (path: string) => Promise<Page>;
  /** Posts fields as a form of the back office would, and follows. */
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<Page>;
}

/**
 * Makes an account with this role (none: a partner) and signs it in as the back office asks: by password,
 * and with the mark of a second factor on its session. How one is used is another test's business.
 */
export async function newColleague(
  provider: TestProvider,
  role: StaffRole | undefined,
): Promise<Colleague> {
  const person = await newPerson(provider);
  if (role) {
    await provider.application.administration.setRole(person.email, role, "operator");
    await holdSecondFactor(provider, person);
  }
  await person.browser.open(`${provider.issuer}/sign-in?return_to=/account`);
  await person.signIn();
  const cookies = person.browser.cookies.header(new URL(provider.issuer)) ?? "";
  await markSecondFactor(
    provider,
    cookies.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1)),
  );
  return staffAtWork(provider, person);
}

/** Writes into the register what turning a second factor on as staff leaves there. */
export async function holdSecondFactor(
  { application: { database } }: TestProvider,
  { sub }: Pick<Person, "sub">,
): Promise<void> {
  const { knex } = database;
  await knex("accounts").where({ sub }).update({ staff_term: "a term" });
  const kept = { secret: "sealed", last_step: 0, created_at: 1, staff_term: "a term" };
  await knex("totp_factors").insert({ account_sub: sub, ...kept });
}

/** Makes the enrolment code of a member of staff, as the command line does. */
export async function enrolmentCode(
  { application }: TestProvider,
  { sub }: Pick<Person, "sub">,
): Promise<string> {
  const outcome = await application.secondFactors.staff.issue({ sub }, "operator");
  if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
  return outcome.value;
}

/** Types the enrolment code at the page that asks for it. */
export async function typeEnrolmentCode(
  provider: TestProvider,
  person: Pick<Person, "sub">,
  browser: BrowserAgent,
): Promise<void> {
  await browser.fill({ enrolment_code: await enrolmentCode(provider, person) }).submit();
}

/**
 * Writes into a session what the use of a second factor leaves there.
 * @param cookies the values of a browser's cookies, that of its session among them
 * @param amr what its person has proven; password and code unless told
 */
export async function markSecondFactor(
  { application: { artifacts } }: TestProvider,
  cookies: readonly string[],
  amr: readonly string[] = ["pwd", "otp", "mfa"],
): Promise<void> {
  for (const jti of cookies) {
    const found = await artifacts.find("Session", jti);
    if (!found) continue;
    const payload = { ...found.payload, amr };
    const { accountId, uid } = payload as { accountId?: string; uid?: string };
    await artifacts.put("Session", jti, { payload, accountId, uid }, 3600);
  }
}

/** A member of staff in front of the back office, in their own browser. */
export function staffAtWork({ issuer }: TestProvider, person: Person): Colleague {
  const { browser } = person;
  return {
    ...person,
    open: (path) => browser.open(`${issuer}${path}`),
    post: (path, fields = {}) => browser.post(`${issuer}${path}`, fields, `${issuer}/admin`),
  };
}
