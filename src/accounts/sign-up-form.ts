import {
  type EmailAddress,
  type Outcome,
  type Problem,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import type { Identity } from "./account.ts";
import type { PasswordPolicy, PasswordRefusal } from "./password-policy.ts";

/** The sign-up form as typed. */
export interface SignUpForm {
  readonly email: string;
  readonly email_confirmation: string;
  readonly password: string;
  readonly password_confirmation: string;
  readonly given_name: string;
  readonly family_name: string;
}

/** Why a sign-up is refused. That an address has an account already is not among them. */
export type SignUpReason = EmailReason | PasswordPairReason | NameReason;

/** Why an address is refused. */
export type EmailReason = "email-missing" | "email-malformed" | "email-mismatch";

/** Why a new password, typed twice, is refused. */
export type PasswordPairReason = PasswordRefusal | "password-mismatch";

/** Why a first or last name is refused. */
export type NameReason =
  | "given-name-missing"
  | "given-name-invalid"
  | "family-name-missing"
  | "family-name-invalid"
  | "name-too-long";

/** The longest first or last name, in characters. */
const longestName = 100;

/** Checks the whole form and names every problem at once. */
export async function checkSignUp(
  policy: PasswordPolicy,
  form: SignUpForm,
): Promise<Outcome<Identity & { readonly password: string }, SignUpReason>> {
  const email = parseEmailAddress(form.email);
  const givenName = tidyName(form.given_name);
  const familyName = tidyName(form.family_name);
  const problems: Problem<SignUpReason>[] = [
    ...emailProblems(form, email),
    ...(await newPasswordProblems(policy, form, { email, givenName, familyName })),
    ...nameProblems("given_name", givenName),
    ...nameProblems("family_name", familyName),
  ];
  const [first, ...others] = problems;
  if (first) return { accepted: false, problems: [first, ...others] };
  if (!email) throw new Error("an address without problem was not parsed");
  return accepted({ email, givenName, familyName, password: form.password });
}

/** Checks the names alone, by the rules of a sign-up. */
export function checkNames(
  form: Pick<SignUpForm, "given_name" | "family_name">,
): Outcome<Pick<Identity, "givenName" | "familyName">, NameReason> {
  const names = { givenName: tidyName(form.given_name), familyName: tidyName(form.family_name) };
  const [first, ...others] = [
    ...nameProblems("given_name", names.givenName),
    ...nameProblems("family_name", names.familyName),
  ];
  return first ? refused(first, ...others) : accepted(names);
}

/** The problems of a new password typed twice (`password`, `password_confirmation`). */
export async function newPasswordProblems(
  policy: PasswordPolicy,
  form: Pick<SignUpForm, "password" | "password_confirmation">,
  person: {
    readonly email: EmailAddress | undefined;
    readonly givenName: string;
    readonly familyName: string;
  },
): Promise<Problem<PasswordPairReason>[]> {
  const checked = await policy.check(form.password, { ...person, email: person.email ?? "" });
  if (!checked.accepted) return [...checked.problems];
  return form.password === form.password_confirmation
    ? []
    : [{ field: "password_confirmation", reason: "password-mismatch" }];
}

function emailProblems(form: SignUpForm, email: EmailAddress | undefined): Problem<EmailReason>[] {
  if (form.email.trim() === "") return [{ field: "email", reason: "email-missing" }];
  if (!email) return [{ field: "email", reason: "email-malformed" }];
  return parseEmailAddress(form.email_confirmation) === email
    ? []
    : [{ field: "email_confirmation", reason: "email-mismatch" }];
}

/** One spelling of a name: composed, trimmed, single spaces. */
function tidyName(typed: string): string {
  return typed
    .slice(0, 10 * longestName)
    .normalize("NFC")
    .trim()
    .replace(/ +/g, " ");
}

function nameProblems(field: "given_name" | "family_name", name: string): Problem<NameReason>[] {
  const word = field === "given_name" ? "given-name" : "family-name";
  if (name === "") return [{ field, reason: `${word}-missing` }];
  if (Array.from(name).length > longestName) {
    return [{ field, reason: "name-too-long", details: { maximum: longestName } }];
  }
  return isName(name) ? [] : [{ field, reason: `${word}-invalid` }];
}

/** Letters and marks of any script, spaces, apostrophes, hyphens and dots: no control character, no markup, no address of a web page. */
function isName(name: string): boolean {
  return /^[\p{L}\p{M} .'’-]+$/u.test(name) && /\p{L}/u.test(name) && !/\.\p{L}{2,}/u.test(name);
}
