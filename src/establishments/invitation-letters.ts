import type { Transaction } from "../storage/index.ts";
import { type InvitationOutbox, establishmentLetter } from "./access-letters.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import type { Invitation } from "./invitation.ts";
import { inSlices } from "./slices.ts";

/**
 * Writes one letter an address, and none to one that had its share: what waits opens without it.
 * @returns how many were written
 */
export async function writeInvitations(
  { outbox, signUpUrl }: { readonly outbox: InvitationOutbox; readonly signUpUrl: string },
  transaction: Transaction,
  invited: readonly Invitation[],
): Promise<number> {
  const sirets = [...new Set(invited.map(({ siret }) => siret))];
  const known = await new EstablishmentStore(transaction).findAll(sirets);
  const names = new Map(known.map((each) => [each.siret, each]));
  const letters = [...Map.groupBy(invited, ({ email }) => email)].flatMap(([email, own]) => {
    const [{ locale } = { locale: "fr" as const }] = own;
    const establishments = own.flatMap(({ siret, untilAt }) => {
      const establishment = names.get(siret);
      return establishment ? [{ ...establishment, untilAt }] : [];
    });
    const details = { serviceUrl: signUpUrl };
    const holder = { ...(email !== undefined && { email }), locale };
    return establishmentLetter("establishments/invited", holder, establishments, details) ?? [];
  });
  let count = 0;
  for (const slice of inSlices(letters)) {
    const recipients = slice.map(({ to }) => to);
    const allowed = await outbox.allow(transaction, "establishments/invited", ...recipients);
    const written = slice.filter(({ to }) => allowed.has(to));
    await outbox.enqueue(transaction, ...written);
    count += written.length;
  }
  return count;
}
