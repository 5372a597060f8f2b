/**
 * Mail: writes letters from their templates and sends them by SMTP, as one channel of the outbox. Other
 * rooms call `enqueue` inside the transaction of the change that the letter announces; `wake` is the job,
 * every second. It counts, for each address, the letters that strangers may ask for, and
 * knows which addresses refuse our mail. It owns no URL. Tables: `recipient_letters`, `refused_addresses`.
 */
export { type MailActs, openMail } from "./open.ts";
export { checkSmtp } from "./smtp-check.ts";
export { type MailOutbox } from "./mail-outbox.ts";
export { type ResumeMail } from "./resumed-mail.ts";
export { type RefusedAddresses } from "./refused-address-store.ts";
