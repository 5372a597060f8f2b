import type { Gauge } from "../foundation/index.ts";
import {
  type ClaimedTable,
  type Ground,
  type RecordSoon,
  type Room,
  room,
} from "../house/index.ts";
import { createMailGuard } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { createLetters } from "./letters.ts";
import { type MailOutbox, createMailOutbox } from "./mail-outbox.ts";
import { parseMailbox } from "./mailbox.ts";
import { type Mailer, createMailer } from "./mailer.ts";
import { type ResumeMail, createResumeMail } from "./resumed-mail.ts";
import { type RefusedAddresses, createRefusedAddresses } from "./refused-address-store.ts";
import {
  type RecipientLimits,
  createRecipientLimits,
  letterColumns,
} from "./recipient-limit-store.ts";

/** What mail stands on. */
export interface MailPorts {
  readonly ground: Pick<
    Ground,
    "settings" | "random" | "words" | "viewsFolder" | "database" | "clock" | "secretFor"
  >;
  readonly outbox: OutboxActs;
  readonly recordSoon: RecordSoon;
}

/** What other rooms ask of it. */
export interface MailActs {
  /** `allow` is asked before a letter that nobody signed in asked for is enqueued. */
  readonly outbox: MailOutbox &
    Pick<RecipientLimits, "allow"> & { readonly refusedAddresses: RefusedAddresses };
  readonly refusedAddresses: RefusedAddresses;
  readonly resumeMail: ResumeMail;
}

/** What this room records. */
const mailEvents = ["mail-failed", "mail-resumed"] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly mail: (typeof mailEvents)[number];
  }
}

/** Opens mail: letters, the transport they leave by, and their channel of the outbox. */
export function openMail({ ground, outbox, recordSoon }: MailPorts): Room<MailActs> {
  const { settings, random, clock } = ground;
  const from = parseMailbox(settings.mailFrom);
  if (!from) throw new Error("MAIL_FROM was checked and cannot be read");
  const letters = createLetters(ground);
  const guard = createMailGuard(settings.mailGuard);
  const mailer = createMailer({ smtpUrl: settings.smtpUrl, from, guard });
  const database = ground.database.knex;
  const key = ground.secretFor("counters");
  const limits = createRecipientLimits({ database, clock, key });
  const refusedAddresses = createRefusedAddresses({ database, clock, key });
  const resumed = { database: ground.database, recordSoon, refusedAddresses };
  const { openChannel } = outbox;
  const sent = { openChannel, letters, mailer, random, clock, refusedAddresses };
  const sending = createMailOutbox(sent);
  return room({
    name: "mail",
    acts: {
      outbox: { ...sending, allow: limits.allow, refusedAddresses },
      ...{ refusedAddresses, resumeMail: createResumeMail(resumed) },
    },
    tables: [letterCounts(limits), refusedAddressTable(refusedAddresses)],
    events: mailEvents,
    gauges: [certificateEnd(mailer)],
  });
}

function letterCounts(limits: RecipientLimits): ClaimedTable {
  return {
    table: "recipient_letters",
    personal: ["recipient", ...letterColumns],
    impersonal: ["letter"],
    export: { because: "the recipient is a digest of an address, and leads to nobody" },
    erase: { because: "the recipient is a digest; it is gone a day after the last letter" },
    purge: [{ as: "letterCounts", run: () => limits.purge() }],
  };
}

function refusedAddressTable(refusedAddresses: RefusedAddresses): ClaimedTable {
  return {
    table: "refused_addresses",
    personal: ["recipient", "reason", "refused_at", "stopped_at"],
    impersonal: [],
    export: { because: "the recipient is a digest; the fate of each mail says the same" },
    erase: async (transaction, { email }) => {
      await refusedAddresses.forget(email, transaction);
    },
    purge: [{ as: "refusedAddresses", run: () => refusedAddresses.purge() }],
  };
}

function certificateEnd(mailer: Mailer): Gauge {
  return {
    name: "smtp_certificate_end_timestamp_seconds",
    help: "When the certificate of the SMTP server ends, as the last connection saw it.",
    read: () => {
      const end = mailer.certificateEndsAt();
      return end === undefined ? [] : [{ labels: {}, value: end }];
    },
  };
}
