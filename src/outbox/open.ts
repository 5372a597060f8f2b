import { type Clock, isoInstant, minutes } from "../foundation/index.ts";
import {
  type ClaimedTable,
  type Ground,
  type Purge,
  type RecordSoon,
  type RecordWithin,
  type Room,
  room,
} from "../house/index.ts";
import { type Job, retentionSeconds } from "../operations/index.ts";
import { sealedColumn } from "../secrets/index.ts";
import { AccountMailsStore } from "./account-mails-store.ts";
import { OutboxFiguresStore } from "./outbox-figures-store.ts";
import { outboxGauges } from "./outbox-gauges.ts";
import { type Outbox, createOutbox } from "./outbox.ts";
import { type Waiting, createWaiting } from "./waiting.ts";
import { type SenderParts, encryptionPlace } from "./senders.ts";

/** What the outbox stands on. */
export interface OutboxPorts {
  readonly ground: Pick<
    Ground,
    "database" | "encryption" | "clock" | "random" | "logger" | "node" | "telemetry"
  >;
  readonly recordWithin: RecordWithin;
  readonly recordSoon: RecordSoon;
}

/** A channel that another room sends by. */
export interface NewChannel extends Pick<SenderParts, "channel" | "courier"> {
  /** What it sends, in camel case: `logoutNotices`. Its job and its purge are called by it. */
  readonly of: string;
  /** What all its entries are, where their name says for whom they are: metrics tell kinds, never a name of somebody's. */
  readonly kind?: string;
}

/** What this room records. */
const outboxEvents = ["outbox-retried", "outbox-dropped"] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly outbox: (typeof outboxEvents)[number];
  }
}

/** Opens a channel, once: its job, its purge and its end are this room's. */
export type OpenChannel = (channel: NewChannel) => Outbox;

/** What other rooms ask of it. */
export interface OutboxActs {
  readonly openChannel: OpenChannel;
  /** What waits, for who operates. */
  readonly waiting: Waiting;
}

/** Opens the outbox; its channels follow as the rooms that send by them are opened. */
export function openOutbox({ ground, recordWithin, recordSoon }: OutboxPorts): Room<OutboxActs> {
  const mails = new AccountMailsStore(ground.database.knex);
  const { openChannel, channels, names, jobs, purge, kinds } = channelList({
    ...ground,
    recordWithin,
  });
  const stop = async (graceSeconds?: number) => {
    await Promise.all(channels.map((channel) => channel.stop(graceSeconds)));
  };
  return room({
    name: "outbox",
    acts: { openChannel, waiting: createWaiting({ ...ground, recordSoon, channels: names }) },
    events: outboxEvents,
    jobs,
    byClock: [givingUp(channels)],
    tables: [outboxTable(mails, purge)],
    sealed: [
      sealedColumn(ground, {
        ...{ table: "outbox", key: "id", column: "encrypted_content", place: encryptionPlace },
      }),
    ],
    gauges: outboxGauges(new OutboxFiguresStore(ground.database.knex), ground.clock, kinds),
    endWork: stop,
    close: () => stop(),
  });
}

/** The channels that were opened, with the job and the purge of each; they grow as rooms are opened. */
function channelList(ground: OutboxPorts["ground"] & Pick<OutboxPorts, "recordWithin">) {
  const jobs: Job[] = [];
  const purge: Purge[] = [];
  const channels: Outbox[] = [];
  const names: string[] = [];
  const kinds = new Map<string, string>();
  const openChannel: OpenChannel = ({ of, kind, ...channel }) => {
    if (kind !== undefined) kinds.set(channel.channel, kind);
    const outbox = createOutbox({ ...ground, ...channel });
    channels.push(outbox);
    names.push(channel.channel);
    jobs.push(sendJob(of, outbox));
    purge.push({ as: of, run: () => outbox.purge(oldest(ground.clock)) });
    return outbox;
  };
  return { openChannel, channels, names, jobs, purge, kinds };
}

/** What waited too long is given up, in every channel. */
function givingUp(channels: readonly Outbox[]): Purge {
  return {
    as: "undeliverable",
    job: "give-up-what-waited",
    everySeconds: minutes(10),
    run: async () => {
      let sum = 0;
      for (const channel of channels) sum += await channel.giveUpOld();
      return sum;
    },
    share: {
      most: 0.5,
      count: async () => {
        const shares = await Promise.all(channels.map((channel) => channel.oldShare()));
        const sum = (of: "going" | "all") => shares.reduce((all, share) => all + share[of], 0);
        return { going: sum("going"), all: sum("all") };
      },
    },
  };
}

function outboxTable(mails: AccountMailsStore, purge: readonly Purge[]): ClaimedTable {
  return {
    table: "outbox",
    personal: ["account_sub", "name", "state", "encrypted_content", "created_at", "ended_at"],
    impersonal: [
      ...["id", "channel", "attempts", "due_at", "lease_ends_at"],
      ...["last_error", "form", "destination", "sequence"],
    ],
    export: { as: "mails", read: ({ sub }) => exportedMails(mails, sub) },
    erase: { because: "what was sent is erased with its sending; `sub` and fate stay 30 days" },
    purge,
  };
}

function sendJob(of: string, { wake }: Outbox): Job {
  const name = of.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    name: `send-${name}`,
    everySeconds: 1,
    run: () => {
      wake();
      return Promise.resolve();
    },
  };
}

function oldest(clock: Clock): number {
  return clock.epochSeconds() - retentionSeconds.mails;
}

async function exportedMails(mails: AccountMailsStore, sub: string): Promise<object[]> {
  return (await mails.list(sub)).map(({ name, state, createdAt, endedAt }) => ({
    name,
    state,
    created_at: isoInstant(createdAt),
    ended_at: endedAt === undefined ? undefined : isoInstant(endedAt),
  }));
}
