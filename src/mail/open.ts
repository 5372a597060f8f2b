import { type Ground, type Room, room } from "../house/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { createLetters } from "./letters.ts";
import { type MailOutbox, createMailOutbox } from "./mail-outbox.ts";
import { parseMailbox } from "./mailbox.ts";
import { createMailer } from "./mailer.ts";

/** What mail stands on. */
export interface MailPorts {
  readonly ground: Pick<Ground, "settings" | "random" | "words" | "viewsFolder">;
  readonly outbox: OutboxActs;
  readonly record: RecordEvent;
}

/** What other rooms ask of it. */
export interface MailActs {
  readonly outbox: MailOutbox;
}

/** Opens mail: letters, the transport they leave by, and their channel of the outbox. */
export function openMail({ ground, outbox, record }: MailPorts): Room<MailActs> {
  const { settings, random } = ground;
  const from = parseMailbox(settings.mailFrom);
  if (!from) throw new Error("MAIL_FROM was checked and cannot be read");
  const letters = createLetters(ground);
  const mailer = createMailer({ smtpUrl: settings.smtpUrl, from });
  const { openChannel } = outbox;
  return room({
    name: "mail",
    acts: { outbox: createMailOutbox({ openChannel, letters, mailer, random, record }) },
    events: ["mail-failed"],
    gauges: [
      {
        name: "smtp_certificate_end_timestamp_seconds",
        help: "When the certificate of the SMTP server ends, as the last connection saw it.",
        read: () => {
          const end = mailer.certificateEndsAt();
          return end === undefined ? [] : [{ labels: {}, value: end }];
        },
      },
    ],
  });
}
