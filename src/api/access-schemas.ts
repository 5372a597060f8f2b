import { z } from "zod";
import type { AccessOfAccount } from "../establishments/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { pageOf, pageParameters } from "./cursors.ts";
import { givenInstant, isoInstantOrNull, saidInstant } from "./instants.ts";
import { givenEmail, givenSiret, givenText } from "./typed-values.ts";

/** An access as the API tells of it. */
export const accessSchema = z.strictObject({
  id: z.int().min(1),
  sub: z.string().meta({ description: "The account, by its subject identifier" }),
  email: z.string().nullable().meta({ description: "null once the account is deleted" }),
  siret: z.string().regex(/^[0-9]{14}$/),
  name: z.string().nullable().meta({ description: "What the establishment is called, if known" }),
  state: z.enum(["open", "ended"]),
  opened_at: saidInstant,
  opened_by: z.string().meta({
    description: "`operator`, the `sub` of a member of staff, or `client:` and a `client_id`",
  }),
  reason: z.string().nullable(),
  until: saidInstant.nullable().meta({ description: "When it ends by itself" }),
  closed_at: saidInstant.nullable(),
  closed_by: z.string().nullable().meta({ description: "`until-date` when its date closed it" }),
  close_reason: z.string().nullable(),
});

/** A page of accesses. */
export const accessPageSchema = pageOf(accessSchema);

/** What an opening answers. */
export const openedSchema = z.strictObject({
  opened: z.array(accessSchema),
  already_open: z
    .array(z.string())
    .meta({ description: "SIRETs that were open: left as they were" }),
});

/** What is asked of the list. */
export const accessQuery = z.strictObject({
  email: givenEmail.optional().meta({ description: "Of the account with this address" }),
  siret: givenSiret.optional(),
  state: z.enum(["open", "ended"], { error: "open or ended" }).optional(),
  ...pageParameters,
});

const siretsError = "a list of 1 to 200 SIRETs";

/** What is to be opened. */
export const openingBody = z.strictObject(
  {
    email: givenEmail.meta({ description: "The address of an active account" }),
    sirets: z.array(givenSiret, { error: siretsError }).min(1, siretsError).max(200, siretsError),
    reason: givenText(500).meta({ description: "Kept, and never shown to the person" }),
    until: givenInstant
      .optional()
      .meta({ description: "The second at which the accesses end; without it they have no end" }),
    names: z
      .record(z.string(), givenText(200), { error: "an object of names by SIRET" })
      .optional()
      .meta({
        description: "What the establishments are called, by SIRET",
        examples: [{ "13002526500013": "CFA des métiers" }],
      }),
  },
  { error: objectError },
);

/** Why an access is to be closed. */
export const closingBody = z.strictObject(
  { reason: givenText(500).meta({ description: "Kept, and told to the person in the mail" }) },
  { error: objectError },
);

/** What an access says. */
export function accessView(access: AccessOfAccount): z.infer<typeof accessSchema> {
  return {
    id: access.accessId,
    sub: access.sub,
    email: access.email ?? null,
    siret: access.siret,
    name: access.name ?? null,
    state: access.state,
    opened_at: isoInstant(access.openedAt),
    opened_by: access.openedBy,
    reason: access.reason ?? null,
    until: isoInstantOrNull(access.untilAt),
    closed_at: isoInstantOrNull(access.closedAt),
    closed_by: access.closedBy ?? null,
    close_reason: access.closeReason ?? null,
  };
}

function objectError({ code }: { readonly code: string }): string | undefined {
  return code === "invalid_type" ? "an object" : undefined;
}
