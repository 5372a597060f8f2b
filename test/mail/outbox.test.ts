import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  createEncryption,
  parseEmailAddress,
  systemClock,
  systemRandom,
  silentTelemetry,
} from "../../src/foundation/index.ts";
import { type MailOutbox } from "../../src/mail/index.ts";
import { type Letters } from "../../src/mail/letter.ts";
import { type NewLetter, createMailOutbox } from "../../src/mail/mail-outbox.ts";
import {
  type RefusedAddresses,
  createRefusedAddresses,
} from "../../src/mail/refused-address-store.ts";
import { answerSeconds, createMailer } from "../../src/mail/mailer.ts";
import { parseMailbox } from "../../src/mail/mailbox.ts";
import { openOutbox } from "../../src/outbox/index.ts";
import { leaseSeconds } from "../../src/outbox/senders.ts";
import { NodeState, type SecurityEvent, createLogger } from "../../src/operations/index.ts";
import { type Database, type Transaction, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";
import { type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { waitFor } from "../support/wait-for.ts";

const from = parseMailbox("Essai <essai@lopcommerce.test>");
const jeanne = address("jeanne@exemple.fr");
const linkToken = systemRandom.secret();

/** Stands where the templates would: what is tested is what becomes of a letter. */
const letters: Letters = {
  render: (letter, locale, model) => ({
    subject: `${letter} ${locale}`,
    text: JSON.stringify(model),
    html: `<a href="https://auth.test/validate/${linkToken}">lien</a>`,
  }),
};

function address(text: string) {
  const parsed = parseEmailAddress(text);
  if (!parsed) throw new Error(`${text} is not an address`);
  return parsed;
}

/** How long a sender holds a letter that it has said, and that is not answered yet. */
const saidSeconds = answerSeconds + 15;

function letterTo(to: string, rest: Partial<NewLetter> = {}): NewLetter {
  const model = { greeting: "Bonjour" };
  return { to: address(to), letter: "accounts/validation", locale: "fr", model, ...rest };
}

describe.each(databases)("the outbox on $name", ({ create, name }) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let smtp: SmtpTestServer;
  let now = 0;
  let nodes: MailOutbox[];
  let events: SecurityEvent[];
  let lines: string[];
  const keys = [systemRandom.bytes(32)];
  const clock = { epochMilliseconds: () => now * 1000, epochSeconds: () => now };

  function node(
    options: {
      sendSeconds?: number;
      keys?: Buffer[];
      database?: Database;
      taken?: RefusedAddresses["taken"];
      record?: (transaction: Transaction, event: SecurityEvent) => Promise<void>;
    } = {},
  ) {
    if (!from) throw new Error("no sender");
    const { sendSeconds = 30 } = options;
    const logger = createLogger({
      level: "debug",
      format: "json",
      clock: systemClock,
      destination: { write: (line: string) => lines.push(line) },
    });
    const random = { ...systemRandom, jitter: () => 0 };
    const { acts } = openOutbox({
      ground: {
        node: new NodeState(),
        database: options.database ?? database,
        encryption: createEncryption(options.keys ?? keys, systemRandom),
        clock,
        random,
        logger,
        telemetry: silentTelemetry,
      },
      recordSoon: () => Promise.resolve(() => Promise.resolve()),
      recordWithin: async (transaction, event) => {
        await options.record?.(transaction, event);
        return () => Promise.resolve(void events.push(event));
      },
    });
    const refusals = createRefusedAddresses({ database: database.knex, clock, key: "a key" });
    const outbox = createMailOutbox({
      ...acts,
      letters,
      mailer: createMailer({ smtpUrl: smtp.url, from, sendSeconds }),
      refusedAddresses: { ...refusals, taken: options.taken ?? refusals.taken },
      random,
      clock,
    });
    nodes.push(outbox);
    return outbox;
  }

  async function enqueue(outbox: MailOutbox, letter: NewLetter) {
    await database.transaction((transaction) => outbox.enqueue(transaction, letter));
  }

  async function sendAll(outbox: MailOutbox) {
    outbox.wake();
    await outbox.idle();
  }

  const isHeldFor = (held: number) =>
    waitFor("it to be held", async () => (await rows())[0]?.["lease_ends_at"] === now + held);

  async function rows() {
    return (await database.knex("outbox").orderBy("created_at")) as Record<string, unknown>[];
  }

  beforeEach(async () => {
    testDatabase = await create(migrated);
    database = openDatabase(testDatabase.url);
    smtp = await startSmtp();
    now = 1_800_000_000;
    [nodes, events, lines] = [[], [], []];
  });

  afterEach(async () => {
    for (const each of nodes) await each.stop(0);
    await smtp.close();
    await database.close();
    await testDatabase.drop();
  });

  it("sends what a transaction wrote, once it is woken, and remembers it without the letter", async () => {
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne, { accountSub: "sub-1" }));
    await sendAll(outbox);
    const [message] = smtp.messages;
    expect(message?.envelope).toEqual({ from: "essai@lopcommerce.test", to: [jeanne] });
    expect(message?.subject).toBe("accounts/validation fr");
    const [row] = await rows();
    expect(row).toMatchObject({
      name: "accounts/validation",
      account_sub: "sub-1",
      state: "sent",
      attempts: 1,
      encrypted_content: null,
      last_error: null,
      ended_at: now,
    });
    expect(message?.messageId).toBe(`<${String(row?.["id"])}@lopcommerce.test>`);
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
  });

  it("sends what was never tried although the clock was put back meanwhile", async () => {
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    now -= 3600;
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
  });

  it("sends nothing of a transaction that was rolled back", async () => {
    const outbox = node();
    const work = database.transaction(async (transaction) => {
      await outbox.enqueue(transaction, letterTo(jeanne));
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    await sendAll(outbox);
    expect(smtp.messages).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it("keeps the waiting letter encrypted: neither address nor link in the database", async () => {
    await enqueue(node(), letterTo(jeanne));
    const [row] = await rows();
    expect(row?.["encrypted_content"]).toMatch(/^v1\./);
    const bytes = name === "SQLite" ? sqliteBytes(testDatabase.url) : JSON.stringify(row);
    expect(bytes).toContain(String(row?.["id"]));
    for (const secret of [jeanne, linkToken, "Bonjour"]) expect(bytes).not.toContain(secret);
  });

  it("sends each letter exactly once when two nodes share the database", async () => {
    const other = openDatabase(testDatabase.url);
    const [first, second] = [node(), node({ database: other })];
    await database.transaction(async (transaction) => {
      for (let count = 0; count < 50; count += 1) {
        await first.enqueue(transaction, letterTo(`p${count}@exemple${count}.fr`));
      }
    });
    for (let count = 0; count < 4; count += 1) {
      first.wake();
      second.wake();
    }
    await Promise.all([first.idle(), second.idle()]);
    const recipients = smtp.messages.map(({ envelope }) => envelope.to[0]);
    expect(new Set(recipients).size).toBe(50);
    expect(recipients).toHaveLength(50);
    expect((await rows()).map((row) => [row["state"], row["attempts"]])).toEqual(
      Array.from({ length: 50 }, () => ["sent", 1]),
    );
    await second.stop(0);
    await other.close();
  }, 30_000);

  it("sends what somebody waits for before a crowd of notices that were there before", async () => {
    const outbox = node();
    const notices = Array.from({ length: 40 }, (_, index) =>
      letterTo(`n${index}@d${index}.fr`, { letter: "establishments/access-opened" }),
    );
    await database.transaction((transaction) => outbox.enqueue(transaction, ...notices));
    now += 60;
    await enqueue(outbox, letterTo(jeanne, { letter: "accounts/recovery" }));
    await sendAll(outbox);
    const order = smtp.messages.map(({ envelope }) => envelope.to[0]);
    expect(order).toHaveLength(41);
    expect(order.indexOf(jeanne)).toBeLessThan(8);
  });

  it("sends no link that has ended while its letter waited, and says so", async () => {
    const outbox = node();
    smtp.behaviours.refuseRecipient = () => "450 4.2.0 greylisted";
    const endsAt = now + 1800;
    await enqueue(outbox, letterTo(jeanne, { letter: "accounts/recovery", endsAt }));
    await enqueue(outbox, letterTo("sans-fin@exemple.fr"));
    await sendAll(outbox);
    smtp.behaviours.refuseRecipient = undefined;
    now = endsAt;
    await sendAll(outbox);
    expect(smtp.messages.map(({ envelope }) => envelope.to)).toEqual([["sans-fin@exemple.fr"]]);
    expect(events).toMatchObject([{ name: "mail-failed", details: { error: "link-expired" } }]);
  });

  it("sends what was postponed by a clock that has been put back since", async () => {
    const outbox = node();
    smtp.behaviours.refuseRecipient = () => "450 4.2.0 greylisted";
    await enqueue(outbox, letterTo(jeanne));
    await sendAll(outbox);
    smtp.behaviours.refuseRecipient = undefined;
    now -= 3 * 3600;
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
  });

  it("sends what a sender died over by a clock that has been put back since", async () => {
    let held = 0;
    smtp.behaviours.delay = () => (held++ === 0 ? new Promise(() => 0) : Promise.resolve());
    const [dead, heir] = [node(), node()];
    await enqueue(dead, letterTo(jeanne));
    dead.wake();
    await waitFor("the first sender to be at it", () => held === 1);
    now -= 3 * 3600;
    await sendAll(heir);
    expect(smtp.messages).toHaveLength(1);
  });

  it("gives the entry of a sender that died to another when its lease ends, not a second before", async () => {
    const { promise: never, resolve: release } = Promise.withResolvers<undefined>();
    let held = 0;
    smtp.behaviours.delay = () => (held++ === 0 ? never : Promise.resolve());
    const [dead, heir] = [node(), node()];
    await enqueue(dead, letterTo(jeanne));
    dead.wake();
    await waitFor("the first sender to be at it", () => held === 1);
    await isHeldFor(saidSeconds);
    now += saidSeconds - 1;
    await sendAll(heir);
    expect(smtp.messages).toHaveLength(0);
    now += 1;
    await sendAll(heir);
    expect(smtp.messages).toHaveLength(1);
    expect(leaseSeconds).toBeLessThanOrEqual(45);
    // The first was not dead but slow: what it reports late changes nothing.
    release(undefined);
    await dead.idle();
    expect(await rows()).toMatchObject([{ state: "sent", attempts: 2, ended_at: now }]);
    expect(new Set(smtp.messages.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it("does not let a sender that lost its lease postpone what its successor holds", async () => {
    const [first, second] = [
      Promise.withResolvers<undefined>(),
      Promise.withResolvers<undefined>(),
    ];
    let held = 0;
    smtp.behaviours.delay = () => {
      held += 1;
      return held === 1 ? first.promise : second.promise;
    };
    const [slow, heir] = [node(), node()];
    await enqueue(slow, letterTo(jeanne));
    slow.wake();
    await waitFor("the first sender", () => held === 1);
    await isHeldFor(saidSeconds);
    now += saidSeconds;
    heir.wake();
    await waitFor("its successor", () => held === 2);
    await isHeldFor(saidSeconds);
    smtp.behaviours.refuseMessage = () => "451 4.3.0 try later";
    first.resolve(undefined);
    await slow.idle();
    expect(await rows()).toMatchObject([
      { state: "waiting", attempts: 2, lease_ends_at: now + saidSeconds, last_error: null },
    ]);
    smtp.behaviours.refuseMessage = undefined;
    second.resolve(undefined);
    await heir.idle();
    expect(await rows()).toMatchObject([{ state: "sent", attempts: 2 }]);
  });

  it("tries again after growing pauses from 5 s for about a day, then gives up aloud", async () => {
    const outbox = node();
    smtp.behaviours.refuseRecipient = () => "451 4.3.0 try later";
    await enqueue(outbox, letterTo(jeanne, { accountSub: "sub-1" }));
    const start = now;
    const pauses: number[] = [];
    for (;;) {
      await sendAll(outbox);
      const [row] = await rows();
      if (row?.["state"] !== "waiting") break;
      const pause = Number(row["due_at"]) - now;
      pauses.push(pause);
      now += pause - 1;
      await sendAll(outbox);
      expect(await rows()).toMatchObject([{ attempts: pauses.length }]);
      now += 1;
    }
    expect(pauses.slice(0, 4)).toEqual([5, 15, 60, 300]);
    expect(pauses).toEqual([...pauses].sort((left, right) => left - right));
    expect(now - start).toBeGreaterThanOrEqual(23 * 3600);
    expect(now - start).toBeLessThanOrEqual(27 * 3600);
    expect(await rows()).toMatchObject([
      { state: "failed", encrypted_content: null, last_error: "RCPT TO 451 4.3.0", ended_at: now },
    ]);
    expect(await outbox.failedCount()).toBe(1);
    expect(events).toMatchObject([
      {
        name: "mail-failed",
        outcome: "refused",
        reason: "not-delivered",
        subject: { sub: "sub-1" },
      },
    ]);
    const errors = lines.filter((line) => line.includes('"level":"error"'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("not delivered; it is given up");
  });

  it("gives up and records it, or neither", async () => {
    let isAway = true;
    const outbox = node({
      record: async (transaction) => {
        if (isAway) throw new Error("the chain cannot be reached");
        expect(await transaction("outbox").pluck("state")).toEqual(["failed"]);
      },
    });
    smtp.behaviours.refuseRecipient = () => "550 5.1.1 no such user";
    await enqueue(outbox, letterTo(jeanne));
    await sendAll(outbox);
    expect(await rows()).toMatchObject([{ state: "waiting", ended_at: null }]);
    expect((await rows())[0]?.["encrypted_content"]).not.toBeNull();
    expect(events).toEqual([]);
    isAway = false;
    now += 46;
    await sendAll(outbox);
    expect(await rows()).toMatchObject([{ state: "failed", ended_at: now }]);
    expect(events).toMatchObject([{ name: "mail-failed", reason: "refused-for-good" }]);
  });

  it("gives up at once when the recipient is refused for good", async () => {
    const outbox = node();
    smtp.behaviours.refuseRecipient = (to) => `550 5.1.1 <${to}> unknown`;
    await enqueue(outbox, letterTo(jeanne));
    expect(await outbox.failedCount()).toBe(0);
    await sendAll(outbox);
    expect(await rows()).toMatchObject([
      { state: "failed", attempts: 1, encrypted_content: null, last_error: "RCPT TO 550 5.1.1" },
    ]);
    expect(await outbox.failedCount()).toBe(1);
    expect(events).toMatchObject([{ name: "mail-failed", reason: "refused-for-good" }]);
    expect(lines.join("")).not.toContain("jeanne");
  });

  it("is sent once although what its address had refused cannot be forgotten", async () => {
    const outbox = node({ taken: () => Promise.reject(new Error("the database is away")) });
    const email = address("revenue@partenaire.test");
    await createRefusedAddresses({ database: database.knex, clock, key: "a key" }).note(email, "-");
    await enqueue(outbox, letterTo(email));
    await sendAll(outbox);
    now += 600;
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
    expect(await rows()).toMatchObject([{ state: "sent" }]);
  });

  it("that is refused for another reason than before is told by the last one, unless it is stopped", async () => {
    const refusals = createRefusedAddresses({ database: database.knex, clock, key: "a key" });
    await refusals.note(jeanne, "RCPT TO 552 5.2.2");
    now += 60;
    await refusals.note(jeanne, "RCPT TO 550 5.1.1");
    const last = { reason: "RCPT TO 550 5.1.1", at: now, isStopped: false };
    expect(await refusals.find(jeanne)).toEqual(last);
    await refusals.stop(jeanne, "bounced 5.1.1");
    now += 60;
    await refusals.note(jeanne, "RCPT TO 552 5.2.2");
    const stopped = { reason: "bounced 5.1.1", at: now, isStopped: true };
    expect(await refusals.find(jeanne)).toEqual(stopped);
  });

  it("leaves what stopped its address while it was on its way", async () => {
    const refusals = createRefusedAddresses({ database: database.knex, clock, key: "a key" });
    await refusals.note(jeanne, "RCPT TO 550");
    smtp.behaviours.delay = () => refusals.stop(jeanne, "bounced 5.1.1");
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
    expect(await refusals.find(jeanne)).toMatchObject({ isStopped: true, reason: "bounced 5.1.1" });
  });

  it("outlives a server that is down or breaks connections", async () => {
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    smtp.behaviours.dropDuringData = () => true;
    await sendAll(outbox);
    const { port } = smtp;
    await smtp.close();
    now += 5;
    await sendAll(outbox);
    expect(await rows()).toMatchObject([{ state: "waiting", last_error: "CONN ECONNREFUSED" }]);
    smtp = await startSmtp({ port });
    now += 15;
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
    expect(await rows()).toMatchObject([{ state: "sent", attempts: 3 }]);
  });

  it("waits, and says so, when the key of a letter is missing", async () => {
    const [outbox, keyless] = [node(), node({ keys: [systemRandom.bytes(32)] })];
    await enqueue(outbox, letterTo(jeanne));
    await sendAll(keyless);
    expect(await rows()).toMatchObject([{ state: "waiting", last_error: "unreadable" }]);
    expect(lines.join("")).toContain("ENCRYPTION_KEYS no longer holds");
    now += 5;
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(1);
  });

  it("leaves a letter in the form of a newer build to a newer node, and counts no try", async () => {
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    await database.knex("outbox").update({ form: 2 });
    await sendAll(outbox);
    expect(smtp.messages).toHaveLength(0);
    expect((await rows())[0]).toMatchObject({ state: "waiting", attempts: 0 });
  });

  it("writes letters while the server is slow, and a slow recipient does not hold the others up", async () => {
    const { promise: slow, resolve: release } = Promise.withResolvers<undefined>();
    smtp.behaviours.delay = (to) => (to === jeanne ? slow : Promise.resolve());
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    outbox.wake();
    await waitFor("the connection", () => smtp.connectionCount() === 1);
    await enqueue(outbox, letterTo("paul@exemple.fr"));
    outbox.wake();
    await smtp.waitForMessage(({ envelope }) => envelope.to[0] === "paul@exemple.fr");
    expect(smtp.messages).toHaveLength(1);
    release(undefined);
    await outbox.idle();
    expect(smtp.messages).toHaveLength(2);
  });

  it("waits for the mails under way when it stops, and starts no other", async () => {
    const { promise: slow, resolve: release } = Promise.withResolvers<undefined>();
    smtp.behaviours.delay = () => slow;
    const outbox = node();
    for (let count = 0; count < 6; count += 1) {
      await enqueue(outbox, letterTo(`p${count}@exemple${count}.fr`));
    }
    outbox.wake();
    await waitFor("four senders", () => smtp.connectionCount() === 4);
    let stopped = false;
    const stop = outbox.stop().then(() => (stopped = true));
    expect(stopped).toBe(false);
    release(undefined);
    await stop;
    expect(smtp.messages).toHaveLength(4);
    const states = (await rows()).map((row) => String(row["state"])).sort();
    expect(states).toEqual(["sent", "sent", "sent", "sent", "waiting", "waiting"]);
  });

  it("ends the mails under way when they outlast the grace, to be tried again", async () => {
    const { promise: never, resolve: release } = Promise.withResolvers<undefined>();
    smtp.behaviours.delay = () => never;
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    outbox.wake();
    await waitFor("a sender", () => smtp.connectionCount() === 1);
    await outbox.stop(0.05);
    expect(await rows()).toMatchObject([{ state: "waiting", attempts: 1, lease_ends_at: null }]);
    release(undefined);
  });

  it("purges the records of what ended, at the limit and not a second before", async () => {
    const outbox = node();
    await enqueue(outbox, letterTo(jeanne));
    await sendAll(outbox);
    smtp.behaviours.refuseRecipient = () => "451 4.3.0 try later";
    await enqueue(outbox, letterTo("paul@exemple.fr"));
    await sendAll(outbox);
    expect(await outbox.purge(now)).toBe(0);
    expect(await outbox.purge(now + 1)).toBe(1);
    expect(await rows()).toMatchObject([{ state: "waiting" }]);
  });
});

function sqliteBytes(url: string): string {
  const folder = dirname(url.slice("sqlite:".length));
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "latin1"))
    .join("");
}
