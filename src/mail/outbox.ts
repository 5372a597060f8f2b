import type { EmailAddress, Locale } from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { LetterName, Letters } from "./letter.ts";
import type { Mail } from "./mailer.ts";
import { OutboxStore } from "./outbox-store.ts";
import { type SenderParts, type Senders, createSenders, encryptionPlace } from "./senders.ts";

/** A letter to write. */
export interface NewLetter {
  readonly to: EmailAddress;
  readonly letter: LetterName;
  readonly locale: Locale;
  /** What the template of that letter is given. */
  readonly model: object;
  /** The account it is about, when there is one. */
  readonly accountSub?: string | undefined;
}

/**
 * The outbox: letters are written in the transaction of the change they announce and sent by a job, so
 * that none is lost, none announces what was rolled back, and no request waits for an SMTP server.
 *
 * Each letter is sent at least once. It is sent twice only when a sender dies between the server's
 * acceptance and our mark; both then bear the same `Message-ID`.
 */
export interface Outbox extends Senders {
  /** Renders, encrypts and inserts; nothing else, at the same cost for every letter. */
  readonly enqueue: (transaction: Transaction, letter: NewLetter) => Promise<void>;
  /** How many letters could not be sent: what an operator should look at. */
  readonly failedCount: () => Promise<number>;
  /** Deletes the records of letters that were sent or given up before this instant (epoch seconds). */
  readonly purge: (beforeSeconds: number) => Promise<number>;
}

/** What the outbox is built of. */
export interface OutboxParts extends SenderParts {
  readonly database: Database;
  readonly letters: Letters;
}

/** Several nodes may each have an outbox on one database: an entry is claimed by one at a time. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { database, encryption, letters, clock, random } = parts;
  const store = new OutboxStore(database.knex);
  return {
    ...createSenders(store, parts),
    enqueue: async (transaction, { to, letter, locale, model, accountSub }) => {
      const id = random.identifier();
      const mail: Mail = { identifier: id, to, ...letters.render(letter, locale, model) };
      const encryptedMail = encryption.encrypt(JSON.stringify(mail), encryptionPlace(id));
      const entry = { id, letter, accountSub, encryptedMail };
      await store.within(transaction).insert(entry, clock.epochSeconds());
    },
    failedCount: () => store.countFailed(),
    purge: (beforeSeconds) => store.purge(beforeSeconds),
  };
}
