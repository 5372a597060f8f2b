import {
  type EmailAddress,
  type Outcome,
  type Problem,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import type { Spending } from "../web/index.ts";
import type { Identity } from "./account.ts";
import { type NameReason, nameProblems, tidyName } from "./person-names.ts";
import type { PasswordPolicy, PasswordRefusal } from "./password-policy.ts";
import { type TypedEmailReason, readEmail } from "./typed-email.ts";

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

export { type NameReason } from "./person-names.ts";

/** Why an address is refused. */
export type EmailReason = TypedEmailReason | "email-mismatch";

/** Why a new password, typed twice, is refused. */
export type PasswordPairReason = PasswordRefusal | "password-mismatch";

/**
 * Checks the whole form and names every problem at once.
 * @param judging counts the judgement of the password, which costs
 */
export async function checkSignUp(
  policy: PasswordPolicy,
  form: SignUpForm,
  judging?: Spending,
): Promise<Outcome<Identity & { readonly password: string }, SignUpReason>> {
  const read = readEmail(form.email);
  const email = read.accepted ? read.value : undefined;
  const givenName = tidyName(form.given_name);
  const familyName = tidyName(form.family_name);
  const problems: Problem<SignUpReason>[] = [
    ...emailProblems(read, form.email_confirmation),
    ...(await newPasswordProblems(policy, form, { email, givenName, familyName }, judging)),
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
  judging?: Spending,
): Promise<Problem<PasswordPairReason>[]> {
  const owner = { ...person, email: person.email ?? "" };
  const checked = await policy.check(form.password, owner, judging);
  if (!checked.accepted) return [...checked.problems];
  return form.password === form.password_confirmation
    ? []
    : [{ field: "password_confirmation", reason: "password-mismatch" }];
}

function emailProblems(
  read: ReturnType<typeof readEmail>,
  confirmation: string,
): Problem<EmailReason>[] {
  if (!read.accepted) return [...read.problems];
  return parseEmailAddress(confirmation) === read.value
    ? []
    : [{ field: "email_confirmation", reason: "email-mismatch" }];
}
