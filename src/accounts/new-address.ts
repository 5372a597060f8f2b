import {
  type EmailAddress,
  type Outcome,
  accepted,
  parseEmailAddress,
  refused,
} from "../foundation/index.ts";
import type { EmailReason } from "./sign-up-form.ts";
import { readEmail } from "./typed-email.ts";

/** Another address of an account, typed twice. */
export interface NewAddressForm {
  readonly email: string;
  readonly email_confirmation: string;
}

/** Reads another address than the account's own. */
export function newAddress(
  form: NewAddressForm,
  current: EmailAddress,
): Outcome<EmailAddress, EmailReason | "email-unchanged"> {
  const read = readEmail(form.email);
  if (!read.accepted) return read;
  const email = read.value;
  if (email === current) return refused({ field: "email", reason: "email-unchanged" });
  if (parseEmailAddress(form.email_confirmation) !== email)
    return refused({ field: "email_confirmation", reason: "email-mismatch" });
  return accepted(email);
}
