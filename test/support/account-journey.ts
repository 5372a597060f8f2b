import { expect } from "@jest/globals";
import { BrowserAgent, type Page } from "./browser-agent.ts";
import type { ReceivedMessage } from "./smtp.ts";
import { type TestProvider, goodPassword } from "./test-provider.ts";

/** What somebody types to sign up: nothing wrong in it unless `changes` says so. */
export function signUpFields(email: string, changes: Readonly<Record<string, string>> = {}) {
  return {
    email,
    email_confirmation: email,
    password: goodPassword,
    password_confirmation: goodPassword,
    given_name: "Camille",
    family_name: "Moulin",
    ...changes,
  };
}

let count = 0;

/** An address that no other test of the file uses. */
export function newAddress(): string {
  return `camille.${(count += 1)}@partenaire.test`;
}

/**
 * Signs up, at the bare address and in a new browser unless told.
 * @returns the browser, at the page after it
 */
export async function signUp(
  { issuer }: TestProvider,
  email: string,
  { browser = new BrowserAgent(), changes = {}, at = issuer }: SignUpOptions = {},
): Promise<BrowserAgent> {
  await browser.open(`${at}/signup`);
  await browser.fill(signUpFields(email, changes)).submit("Créer le compte");
  return browser;
}

interface SignUpOptions {
  readonly browser?: BrowserAgent;
  /** The address of an interaction, to sign up within it. */
  readonly at?: string;
  readonly changes?: Readonly<Record<string, string>>;
}

/** Asks for a recovery at the bare address. @returns the browser, at the page after it */
export async function askRecovery(
  { issuer }: TestProvider,
  email: string,
  browser = new BrowserAgent(),
): Promise<BrowserAgent> {
  await browser.open(`${issuer}/recovery`);
  await browser.fill({ email }).submit("Recevoir le lien");
  return browser;
}

/** Every mail to an address, as they were written, once all that was asked until now has been sent. */
export async function mailsTo(
  { application, smtp }: TestProvider,
  email: string,
): Promise<ReceivedMessage[]> {
  while ((await application.writeRequestedLetters()) > 0);
  application.outbox.wake();
  await application.outbox.idle();
  const mails = smtp.messages.filter(({ envelope }) => envelope.to.includes(email));
  return mails.length < 2 ? mails : inWrittenOrder(application, mails);
}

/** Several travel at once: two that were written in the same second may arrive the other way round. */
async function inWrittenOrder(
  { database }: TestProvider["application"],
  mails: readonly ReceivedMessage[],
): Promise<ReceivedMessage[]> {
  const rows = await database.knex("outbox").where({ channel: "mail" }).select("id", "sequence");
  const places = new Map(rows.map(({ id, sequence }) => [String(id), Number(sequence)]));
  // What was purged is older than all that is left.
  const placeOf = ({ messageId }: ReceivedMessage) =>
    places.get(messageId.slice(1, messageId.lastIndexOf("@"))) ?? 0;
  return [...mails].sort((one, two) => placeOf(one) - placeOf(two));
}

/** The newest mail to an address. @throws Error when there is none, or it has another subject */
export async function mailTo(
  provider: TestProvider,
  email: string,
  subject: string,
): Promise<ReceivedMessage> {
  const mail = (await mailsTo(provider, email)).at(-1);
  if (mail?.subject !== subject) {
    throw new Error(`${subject} was awaited at ${email}, the newest mail is ${mail?.subject}`);
  }
  return mail;
}

/** The link of the newest mail, which must be a validation. */
export async function validationLink(provider: TestProvider, email: string): Promise<string> {
  return linkTo("validate", await mailTo(provider, email, "Validation de création de compte"));
}

/** The link of the newest mail, which must be a recovery. */
export async function recoveryLink(provider: TestProvider, email: string): Promise<string> {
  return linkTo("recovery", await mailTo(provider, email, "Récupération de votre mot de passe"));
}

function linkTo(path: string, { links }: ReceivedMessage): string {
  const link = links.find((each) => each.includes(`/${path}/`));
  if (link === undefined) throw new Error(`no link to ${path} among ${links.join(" ")}`);
  return link;
}

/** Types an address and a password into the sign-in page that a browser shows. */
export function signIn(
  browser: BrowserAgent,
  email: string,
  password = goodPassword,
): Promise<Page> {
  return browser.fill({ email, password }).submit("Se connecter");
}

/** The page without what differs between two people: the address and the place of the interaction. */
export function masked({ html }: Page, email: string): string {
  return html
    .replaceAll(email, "ADDRESS")
    .replace(/of=v1[\w.-]+/g, "of=SEALED")
    .replace(/\/interaction\/[\w-]+/g, "/interaction/UID");
}

/** Posts a form `times` at once, as one browser. @returns the statuses, in order of size */
export async function postAtOnce(
  browser: BrowserAgent,
  url: string,
  fields: Readonly<Record<string, string>>,
  times: number,
): Promise<number[]> {
  const cookie = browser.cookies.header(new URL(url)) ?? "";
  const post = () =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { cookie },
      redirect: "manual",
    });
  const answers = await Promise.all(Array.from({ length: times }, post));
  return answers.map(({ status }) => status).sort();
}

/** A refused form: its status, its title, and for each field at fault its sentence, linked and described. */
export function expectRefused(page: Page, refusals: Readonly<Record<string, string>>): void {
  expect(page.status).toBe(422);
  expect(page.title).toBe(`Erreur - ${page.h1} - l'Opcommerce`);
  const links = page.findAll(".error-summary a").map((link) => [link.attribute("href"), link.text]);
  expect(links).toEqual(Object.entries(refusals).map(([field, text]) => [`#${field}`, text]));
  const invalid = page.findAll("input[aria-invalid=true]");
  expect(invalid.map((input) => input.attribute("id"))).toEqual(Object.keys(refusals));
  for (const input of invalid) {
    const id = input.attribute("id") ?? "";
    const described = (input.attribute("aria-describedby") ?? "").split(" ");
    expect(described).toContain(`${id}-error`);
    expect(page.find(`#${id}-error`)?.text).toBe(refusals[id]);
  }
}

/** The text of the label of each field that can be typed into, by the field's name. */
export function labels(page: Page): Record<string, string | undefined> {
  const typed = page
    .findAll("input")
    .filter(
      (input) => input.attribute("type") !== "hidden" && input.attribute("hidden") === undefined,
    );
  return Object.fromEntries(
    typed.map((input) => {
      const name = input.attribute("name") ?? "";
      expect(input.attribute("id")).toBe(name);
      return [name, page.find(`label[for="${name}"]`)?.text];
    }),
  );
}
