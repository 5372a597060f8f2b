import type { EmailAddress, Locale, Random } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { OpenChannel, Outbox, Senders } from "../outbox/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { LetterName, Letters } from "./letter.ts";
import { type Mail, type Mailer, parallelSends } from "./mailer.ts";

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

/** The outbox of letters. A letter that is sent twice bears the same `Message-ID` both times. */
export interface MailOutbox extends Senders, Pick<Outbox, "failedCount" | "fatesOf" | "purge"> {
  /** Renders, encrypts and inserts; nothing else, at the same cost for every letter. At most 200 at a time. */
  readonly enqueue: (transaction: Transaction, ...letters: readonly NewLetter[]) => Promise<void>;
}

/** What the outbox of letters is built of. */
export interface MailOutboxParts {
  readonly openChannel: OpenChannel;
  readonly random: Random;
  readonly letters: Letters;
  readonly mailer: Mailer;
  readonly record: RecordEvent;
}

/** Letters as one channel of the outbox, with the mailer as its courier. */
export function createMailOutbox(parts: MailOutboxParts): MailOutbox {
  const { letters, mailer, random, record } = parts;
  const outbox = parts.openChannel({
    of: "mails",
    channel: "mail",
    courier: {
      parallelSends,
      parallelSendsADestination: parallelSends / 2,
      deliver: (content) => mailer.send(content as Mail),
      close: () => mailer.close(),
      givenUp: async ({ id, name, accountSub }, reason, error) => {
        const subject = accountSub === undefined ? undefined : { sub: accountSub };
        const details = { letter: name, outboxId: id, error };
        await record({ name: "mail-failed", outcome: "refused", reason, subject, details });
      },
    },
  });
  return {
    ...outbox,
    enqueue: async (transaction, ...newLetters) => {
      const entries = newLetters.map(({ to, letter, locale, model, accountSub }) => {
        const id = random.identifier();
        const content: Mail = { identifier: id, to, ...letters.render(letter, locale, model) };
        return { id, name: letter, content, accountSub, destination: domainOf(to) };
      });
      await outbox.add(transaction, ...entries);
    },
  };
}

/** A domain that is slow to take mail holds up no other. */
function domainOf(address: EmailAddress): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
