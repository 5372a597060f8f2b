import { z } from "zod";
import type { Account } from "../accounts/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { pageOf, pageParameters } from "./cursors.ts";
import { saidInstant } from "./instants.ts";
import { givenEmail, givenPart } from "./typed-values.ts";

/** An account as the API tells of it. */
export const accountSchema = z.strictObject({
  sub: z.string().meta({ description: "For ever the same: what to remember an account by" }),
  email: z.string(),
  given_name: z.string(),
  family_name: z.string(),
  locale: z.enum(["fr", "en"]),
  state: z.enum(["active", "disabled"]),
  email_verified_at: saidInstant,
  created_at: saidInstant,
  updated_at: saidInstant,
});

/** A page of accounts. */
export const accountPageSchema = pageOf(accountSchema);

/** What is asked of the list. */
export const accountQuery = z.strictObject({
  email: givenEmail.optional().meta({ description: "The account with this very address" }),
  q: givenPart.optional().meta({ description: "A part of a name or address, in any case" }),
  ...pageParameters,
});

/** What an account says: no secret, and no role. */
export function accountView(account: Account): z.infer<typeof accountSchema> {
  return {
    sub: account.sub,
    email: account.email,
    given_name: account.givenName,
    family_name: account.familyName,
    locale: account.locale,
    state: account.state,
    email_verified_at: isoInstant(account.emailVerifiedAt),
    created_at: isoInstant(account.createdAt),
    updated_at: isoInstant(account.updatedAt),
  };
}
