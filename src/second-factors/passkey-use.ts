import type { AccountStore } from "../accounts/index.ts";
import type { Clock } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import { type OwnedPasskey, PasskeyStore } from "./passkey-store.ts";

/** What a use is noted with. */
export interface PasskeyUseParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: AccountStore;
  readonly record: RecordEvent;
}

/** How a passkey was used. */
export interface PasskeyUse {
  readonly counter: number;
  /** The credentials that the password beside it was given under; undefined where none was. */
  readonly besidePasswordOf?: string;
}

/**
 * Notes the use of a passkey whose signature was right. A counter that went back is an event of its own: somebody may hold
 * a copy.
 * @returns why it is refused
 */
export async function notePasskeyUse(
  parts: PasskeyUseParts,
  { accountSub, credentialId }: Pick<OwnedPasskey, "accountSub" | "credentialId">,
  use: PasskeyUse,
): Promise<"passkey-refused" | "passkey-counter-back" | undefined> {
  if (await isNoted(parts, { accountSub, credentialId }, use)) return undefined;
  // Or it was taken away meanwhile.
  const store = new PasskeyStore(parts.database.knex);
  if (!(await store.find(accountSub, credentialId))) return "passkey-refused";
  const reason = "passkey-counter-back";
  const subject = { sub: accountSub };
  await parts.record({ name: "passkey-counter-went-back", outcome: "refused", reason, subject });
  return reason;
}

/** Beside a password it signs in alone from then on, unless that was changed while it was answered: with the row held. */
function isNoted(
  { database, clock, accounts }: PasskeyUseParts,
  { accountSub, credentialId }: Pick<OwnedPasskey, "accountSub" | "credentialId">,
  { counter, besidePasswordOf }: PasskeyUse,
): Promise<boolean> {
  const use = { counter, now: clock.epochSeconds(), besidePassword: false };
  if (besidePasswordOf === undefined)
    return new PasskeyStore(database.knex).noteUse(accountSub, credentialId, use);
  return database.transaction(async (transaction) => {
    const [held] = await accounts.within(transaction).hold([accountSub]);
    const besidePassword = held?.credentials === besidePasswordOf;
    const store = new PasskeyStore(transaction);
    return store.noteUse(accountSub, credentialId, { ...use, besidePassword });
  });
}
