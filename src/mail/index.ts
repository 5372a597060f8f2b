/**
 * Mail: writes letters from their templates, keeps them encrypted in an outbox that survives a crash, and
 * sends them by SMTP with retries. Other rooms call `outbox.enqueue` inside the transaction of the change
 * that the letter announces; `outbox.wake` is the job, every second. It owns the table `outbox` and no URL.
 */
export { type LetterName, type Letters, type RenderedLetter } from "./letter.ts";
export { createLetters } from "./letters.ts";
export { type Mailbox, parseMailbox } from "./mailbox.ts";
export { type DeliveryReason, type Mail, type Mailer, createMailer } from "./mailer.ts";
export { type NewLetter, type Outbox, type OutboxParts, createOutbox } from "./outbox.ts";
