import type { Transaction } from "../storage/index.ts";
import { type AccessOutbox, establishmentLetter } from "./access-letters.ts";
import type { Holder } from "./access.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import { type Establishment, toEstablishment } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** Where letters about requests are written, and where they lead. */
export interface RequestLetterSurroundings {
  readonly outbox: AccessOutbox;
  /** Where a person sees what became of their requests. */
  readonly requestsUrl: string;
}

/** Tells the person that the request has come. */
export async function writeReceived(
  { outbox, requestsUrl: serviceUrl }: RequestLetterSurroundings,
  transaction: Transaction,
  holder: Holder,
  sirets: readonly Siret[],
): Promise<void> {
  const name = "establishments/request-received";
  const establishments = await named(transaction, sirets);
  const letter = establishmentLetter(name, holder, establishments, { serviceUrl });
  if (letter) await outbox.enqueue(transaction, letter);
}

/** Tells the person what is refused, and why. Of nothing there is no letter. */
export async function writeRefusal(
  { outbox, requestsUrl: serviceUrl }: RequestLetterSurroundings,
  transaction: Transaction,
  holder: Holder,
  establishments: readonly Establishment[],
  reason: string | undefined,
): Promise<void> {
  const name = "establishments/request-refused";
  const letter = establishmentLetter(name, holder, establishments, { serviceUrl, reason });
  if (letter) await outbox.enqueue(transaction, letter);
}

/** Establishments with the names that are known. */
export async function named(
  transaction: Transaction,
  sirets: readonly Siret[],
): Promise<Establishment[]> {
  const known = await new EstablishmentStore(transaction).findAll(sirets);
  const names = new Map(known.map((each) => [each.siret, each.name]));
  return sirets.map((siret) => toEstablishment(siret, names.get(siret)));
}
