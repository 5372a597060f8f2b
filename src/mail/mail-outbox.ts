import {
  type Clock,
  type EmailAddress,
  type Locale,
  type Random,
  refused,
} from "../foundation/index.ts";
import type { OpenChannel, Outbox, Senders } from "../outbox/index.ts";
import type { Transaction } from "../storage/index.ts";
import { type LetterName, type Letters, awaitedLetters } from "./letter.ts";
import type { RefusedAddresses } from "./refused-address-store.ts";
import { type Mail, type Mailer, answerSeconds, parallelSends } from "./mailer.ts";

/** A letter to write. */
export interface NewLetter {
  readonly to: EmailAddress;
  readonly letter: LetterName;
  readonly locale: Locale;
  /** What the template of that letter is given. */
  readonly model: object;
  /** The account it is about, when there is one. */
  readonly accountSub?: string | undefined;
  /** When what it leads to ends, epoch seconds: it is not sent any more from then on. */
  readonly endsAt?: number | undefined;
}

/** What waits: builds until 0.2.0 write no end, and read none. */
interface WaitingMail extends Mail {
  readonly endsAt?: number | undefined;
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
  readonly clock: Clock;
  readonly letters: Letters;
  readonly mailer: Mailer;
  readonly refusedAddresses: Pick<RefusedAddresses, "find" | "note" | "taken">;
}

/** Letters as one channel of the outbox, with the mailer as its courier. */
export function createMailOutbox(parts: MailOutboxParts): MailOutbox {
  const { letters, mailer, random } = parts;
  /** To whom what is under way goes: an event of a letter about no account names the address. */
  const recipients = new WeakMap<object, EmailAddress>();
  const outbox = parts.openChannel({
    of: "mails",
    channel: "mail",
    courier: {
      parallelSends,
      parallelSendsADestination: parallelSends / 2,
      awaited: awaitedLetters,
      deliver: (content, entry, hold) => {
        const mail = content as WaitingMail;
        recipients.set(entry, mail.to);
        return sendUnlessStopped(parts, mail, () => hold(answerSeconds));
      },
      close: () => mailer.close(),
      givenUp: (entry, error) => {
        const email = recipients.get(entry);
        const details = { letter: entry.name, outboxId: entry.id, error };
        return { name: "mail-failed", subject: email && { email }, details };
      },
    },
  });
  return {
    ...outbox,
    enqueue: async (transaction, ...newLetters) => {
      const entries = newLetters.map(({ to, letter, locale, model, accountSub, endsAt }) => {
        const id = random.identifier();
        const rendered = letters.render(letter, locale, model);
        const content: WaitingMail = { identifier: id, to, endsAt, ...rendered };
        return { id, name: letter, content, accountSub, destination: domainOf(to) };
      });
      await outbox.add(transaction, ...entries);
    },
  };
}

/** What an address answers is kept for who asks why a letter does not arrive. */
async function sendUnlessStopped(
  { mailer, refusedAddresses, clock }: MailOutboxParts,
  { endsAt, ...mail }: WaitingMail,
  said: () => void,
): ReturnType<Mailer["send"]> {
  // A link that opens nothing any more would only have its reader look for what they did wrong.
  if (endsAt !== undefined && endsAt <= clock.epochSeconds()) {
    return refused({ reason: "refused-for-good", details: { cause: "link-expired" } });
  }
  const known = await refusedAddresses.find(mail.to);
  if (known?.isStopped) {
    await refusedAddresses.note(mail.to, known.reason);
    return refused({ reason: "refused-for-good", details: { cause: "address-stopped" } });
  }
  const outcome = await mailer.send(mail, said);
  if (outcome.accepted) {
    // It has left. What cannot be forgotten now is with the next one: it must not have this one sent again.
    if (known) await refusedAddresses.taken(mail.to).catch(() => undefined);
    return outcome;
  }
  const [{ reason, details }] = outcome.problems;
  const cause = String(details?.["cause"] ?? "");
  // The recipient is refused for good: not our sender, nor what the letter says.
  if (reason === "refused-for-good" && cause.startsWith("RCPT TO"))
    await refusedAddresses.note(mail.to, cause);
  return outcome;
}

/** A domain that is slow to take mail holds up no other. */
function domainOf(address: EmailAddress): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
