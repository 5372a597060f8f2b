/**
 * Mail: writes letters from their templates and sends them by SMTP, as one channel of the outbox. Other
 * rooms call `enqueue` inside the transaction of the change that the letter announces; `wake` is the job,
 * every second. It counts, for each address, the letters that strangers may ask for. It owns no URL.
 */
export { type LetterName, type Letters, type RenderedLetter } from "./letter.ts";
export { createLetters } from "./letters.ts";
export { type MailActs, type MailPorts, openMail } from "./open.ts";
export { type Mailbox, parseMailbox } from "./mailbox.ts";
export { type Mail, type Mailer, createMailer } from "./mailer.ts";
export {
  type RecipientLimits,
  createRecipientLimits,
  lettersPerRecipient,
} from "./recipient-limit-store.ts";
export { type ReachedSmtp, checkSmtp } from "./smtp-check.ts";
export {
  type MailOutbox,
  type MailOutboxParts,
  type NewLetter,
  createMailOutbox,
} from "./mail-outbox.ts";
