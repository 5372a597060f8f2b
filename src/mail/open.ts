import type { Random } from "../foundation/index.ts";
import { type Room, room } from "../house/index.ts";
import type { RecordEvent, Settings, Words } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { createLetters } from "./letters.ts";
import { type MailOutbox, createMailOutbox } from "./mail-outbox.ts";
import { parseMailbox } from "./mailbox.ts";
import { createMailer } from "./mailer.ts";

/** What mail stands on. */
export interface MailPorts {
  readonly settings: Pick<Settings, "mailFrom" | "smtpUrl">;
  readonly random: Random;
  readonly words: Words;
  /** The folder of templates. */
  readonly viewsFolder: string;
  readonly outbox: OutboxActs;
  readonly record: RecordEvent;
}

/** What other rooms ask of it. */
export interface MailActs {
  readonly outbox: MailOutbox;
}

/** Opens mail: letters, the transport they leave by, and their channel of the outbox. */
export function openMail(ports: MailPorts): Room<MailActs> {
  const from = parseMailbox(ports.settings.mailFrom);
  if (!from) throw new Error("MAIL_FROM was checked and cannot be read");
  const letters = createLetters(ports);
  const mailer = createMailer({ smtpUrl: ports.settings.smtpUrl, from });
  const { openChannel } = ports.outbox;
  return room({
    name: "mail",
    acts: { outbox: createMailOutbox({ ...ports, openChannel, letters, mailer }) },
    events: ["mail-failed"],
  });
}
