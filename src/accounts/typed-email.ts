import {
  type EmailAddress,
  type Outcome,
  type Problem,
  accepted,
  parseEmailAddress,
  refused,
  refusedEmailCharacter,
} from "../foundation/index.ts";
import { namedCharacter } from "./person-names.ts";

/** Why a text is no address; `email-character` says which of its characters. */
export type MalformedEmailReason = "email-malformed" | "email-space" | "email-character";

/** Why an address is not read from what was typed. */
export type TypedEmailReason = "email-missing" | MalformedEmailReason;

/** Reads the field `email` of a form. */
export function readEmail(typed: string): Outcome<EmailAddress, TypedEmailReason> {
  if (typed.trim() === "") return refused({ field: "email", reason: "email-missing" });
  const email = parseEmailAddress(typed);
  return email ? accepted(email) : refused(malformedEmail(typed));
}

/** What is said of a text that is no address. */
export function malformedEmail(typed: string): Problem<MalformedEmailReason> {
  const character = refusedEmailCharacter(typed);
  if (character === undefined) return { field: "email", reason: "email-malformed" };
  if (/^\s$/.test(character)) return { field: "email", reason: "email-space" };
  const details = { character: namedCharacter(character) };
  return { field: "email", reason: "email-character", details };
}
