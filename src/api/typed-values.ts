import { z } from "zod";
import { parseSiret } from "../establishments/index.ts";
import { oneLine, parseEmailAddress } from "../foundation/index.ts";
import { hasControlCharacters } from "../web/index.ts";

/** An e-mail address, read as this provider stores it. */
export const givenEmail = z
  .string({ error: "an e-mail address" })
  .max(254, { error: "an e-mail address of at most 254 characters" })
  .transform((typed, context) => {
    const email = parseEmailAddress(typed);
    if (email) return email;
    context.addIssue({ code: "custom", message: "an e-mail address" });
    return z.NEVER;
  })
  .meta({ examples: ["jeanne.durand@partenaire.test"] });

/** A SIRET, read as 14 digits: spaces between groups are allowed. */
export const givenSiret = z
  .string({ error: "a SIRET as text: leading zeros count" })
  .max(64, { error: "a SIRET of 14 digits" })
  .transform((typed, context) => {
    const siret = parseSiret(typed);
    if (siret.accepted) return siret.value;
    const mistyped = siret.problems[0].reason === "siret-checksum";
    const message = mistyped
      ? "a SIRET whose check digit is right: one digit is mistyped"
      : "a SIRET of 14 digits";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ examples: ["13002526500013"] });

/** A text of a person: some characters, at most so many, as it is typed and as it is kept. */
export function givenText(most: number) {
  const error = `a text of 1 to ${most} characters`;
  return z
    .string({ error })
    .min(1, { error })
    .max(most, { error })
    .refine((text) => (oneLine(text)?.length ?? Infinity) <= most, { error });
}

/** A part of a name or address to search for. */
export const givenPart = z
  .string()
  .min(2, { error: "two characters or more" })
  .max(100, { error: "at most 100 characters" })
  .refine((text) => !hasControlCharacters(text), { error: "a text without control characters" });
