import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import { type Account } from "../../src/accounts/index.ts";
import { createKeptForms } from "../../src/accounts/kept-forms.ts";
import { type Application, createApplication } from "../../src/application.ts";
import {
  type EmailAddress,
  parseEmailAddress,
  systemClock,
  systemRandom,
} from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { createClaimsPreview } from "../../src/provider/claims-preview.ts";
import { loadSigningKeys } from "../../src/provider/signing-keys.ts";
import { keyHoldings, renewAll } from "../../src/secrets/index.ts";
import { SealedColumnStore } from "../../src/secrets/sealed-column-store.ts";
import { pushPlace } from "../../src/signals/stream.ts";
import { eventPlace } from "../../src/signals/waiting-store.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { totpCode } from "../support/second-factor.ts";
import { testEncryptionKey, withSigningKeys } from "../support/signing-keys.ts";
import { type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { waitFor } from "../support/wait-for.ts";

const [first, second, third] = [
  testEncryptionKey,
  systemRandom.secret(),
  systemRandom.secret(),
] as const;

describe.each(databases)("ENCRYPTION_KEYS that rotate twice, on $name", ({ create }) => {
  let home: TestDatabase;
  let smtp: SmtpTestServer;
  let running: Application | undefined;
  let minutesAhead = 0;
  const clock = {
    epochMilliseconds: () => systemClock.epochMilliseconds() + minutesAhead * 60_000,
    epochSeconds: () => systemClock.epochSeconds() + minutesAhead * 60,
  };
  const email = parseEmailAddress("jeanne@partenaire.test") as EmailAddress;
  const about = { sub: "sub-of-jeanne", email, locale: "fr", givenName: "J", familyName: "M" };

  beforeEach(async () => {
    home = await create(withSigningKeys);
    smtp = await startSmtp();
    minutesAhead = 0;
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
    await smtp.close();
    await home.drop();
  });

  /** The application as a restart with these keys builds it. */
  async function restart(...keys: string[]): Promise<Application> {
    await running?.close();
    running = undefined;
    const environment = {
      DATABASE_URL: home.url,
      SMTP_URL: smtp.url,
      COOKIE_KEYS: systemRandom.secret(),
      ENCRYPTION_KEYS: keys.join(),
      PORTAL_CLIENT_SECRET: systemRandom.secret(),
    };
    const settings = readSettings(environment, () => ({}));
    const surroundings = { clock, random: systemRandom, logger: silentLogger };
    running = await createApplication(settings, surroundings, { migrate: true });
    return running;
  }

  const account = async (application: Application): Promise<Account> => {
    const found = await application.accounts.findByEmail(email);
    if (!found) throw new Error("Jeanne has an account");
    return found.account;
  };

  /** One sealed row of every kind there is, and what the person enrolled. */
  async function sealEverything(application: Application): Promise<string> {
    const now = clock.epochSeconds();
    const person = { ...about, locale: "fr" as const, passwordHash: "x", clientId: undefined };
    await application.accounts.insert({ ...person, role: undefined }, now);
    const { totp } = application.secondFactors;
    const jeanne = await account(application);
    // Its letter waits in the outbox, sealed too.
    const { secret, sealed } = totp.propose(jeanne);
    const form = { code: totpCode(secret, -1), enrolment: sealed };
    expect((await totp.enrol(jeanne, form)).accepted).toBe(true);
    const waiting = {
      path: "/admin",
      querystring: "",
      request: { body: {} },
    } as unknown as Context;
    await createKeptForms(application).keep(waiting, jeanne, { route: "/admin", params: {} });
    const { database, idempotency } = application;
    await idempotency.once(request, async (keep) => {
      await database.transaction((transaction) => keep(transaction, answer));
      return answer;
    });
    await sealSignals(application, now);
    return secret;
  }
  const request = { clientId: "crm", key: "a-key", content: "POST" };
  const answer = { status: 201, headers: {}, body: { made: true } };

  /** A stream with an address that it is pushed to, and an event that waits for it. */
  async function sealSignals({ database, encryption }: Application, now: number): Promise<void> {
    const stream = { stream_id: "one", client_id: "portal", slot: 1, status: "enabled" };
    await database.knex("signal_streams").insert({
      ...{ ...stream, status_by: "receiver", events_requested: "[]" },
      ...{ created_at: now, verified_at: now },
      encrypted_push: encryption.encrypt(JSON.stringify({}), pushPlace("one")),
    });
    await database.knex("signal_events").insert({
      ...{ id: "event", stream_id: "one", name: "verification", sequence: 1, created_at: now },
      encrypted_event: encryption.encrypt(JSON.stringify({}), eventPlace("event")),
    });
  }

  /** What must be the same for ever: a pairwise subject, a reference, the key of a counter. */
  const identifiersOf = async (application: Application) => {
    const preview = createClaimsPreview(application.secretFor("provider"));
    const client = {
      subject_type: "pairwise",
      redirect_uris: ["https://of.test/"],
      scope: "openid",
    };
    const [openid] = preview(client as never, await account(application), undefined, []);
    const { entries } = await application.audit.page({ person: { email } }, { limit: 5 });
    const { knex } = application.database;
    return {
      subject: openid?.claims["sub"],
      references: entries.map(({ addressReference }) => addressReference),
      counters: await knex("sign_in_failures").orderBy("key").pluck<string[]>("key"),
    };
  };

  const failToSignIn = async (application: Application) => {
    await application.signIn(
      { email, password: "not this one" },
      { secret: undefined, isShared: false, openedIn: {} },
    );
  };

  it("lose nobody anything, whatever is sealed, and the keys that are gone hold nothing", async () => {
    let application = await restart(first);
    const secret = await sealEverything(application);
    await application.record({ name: "signed-in", outcome: "refused", subject: { email } });
    await failToSignIn(application);
    const before = await identifiersOf(application);
    expect(before.references).toHaveLength(1);
    expect(before.counters).toHaveLength(1);
    const kindsOfRows = application.sealed().length;
    // Every kind is there: a table that is sealed and not named by its room fails the last line below.
    const kinds = await keyHoldings(application.sealed());
    expect(new Set(kinds.map(({ table }) => table)).size).toBe(kindsOfRows);
    for (const [newKey, oldKey] of [
      [second, first],
      [third, second],
    ] as const) {
      application = await restart(newKey, oldKey);
      const done = await renewAll(application.sealed());
      expect(done.every(({ renewed: count, unreadable }) => count > 0 && unreadable === 0)).toBe(
        true,
      );
      expect(
        (await renewAll(application.sealed())).every(({ renewed: count }) => count === 0),
      ).toBe(true);
      application = await restart(newKey);
      minutesAhead += 1;
      await failToSignIn(application);
      expect(await identifiersOf(application)).toEqual(before);
      expect((await loadSigningKeys(application)).keys).toHaveLength(8);
      const jeanne = await account(application);
      const checked = await application.secondFactors.check(
        jeanne,
        totpCode(secret, 2 * minutesAhead),
        { browserSecret: undefined },
      );
      expect(checked).toMatchObject({ accepted: true });
      const replayed = await application.idempotency.once(request, () => {
        throw new Error("it was done before");
      });
      expect(replayed).toMatchObject({ status: 201, body: { made: true } });
    }
    const newest = application.encryption.keyIds[0];
    expect(new Set((await keyHoldings(application.sealed())).map(({ keyId }) => keyId))).toEqual(
      new Set([newest]),
    );
    expect(await sealedAnywhere(application)).toEqual(new Set([newest]));
    application.outbox.wake();
    await waitFor("the letter of the application", () => smtp.messages.length === 1, 20);
  });

  /** The keys of every value in any column of any table that looks sealed. */
  async function sealedAnywhere({ database }: Application): Promise<Set<string>> {
    const { knex, dialect } = database;
    const tables =
      dialect === "sqlite"
        ? await knex("sqlite_master").where({ type: "table" }).pluck<string[]>("name")
        : await knex("information_schema.tables")
            .whereRaw("table_schema = current_schema()")
            .pluck<string[]>("table_name");
    const found = new Set<string>();
    for (const table of tables.filter(
      (name) => !/^(account_search|account_words|establishment_words)/.test(name),
    )) {
      const text = JSON.stringify(await knex(table));
      for (const [, keyId = ""] of text.matchAll(/"v1\.([\w-]{8})\.[\w-]{16}\./g)) found.add(keyId);
    }
    return found;
  }

  it("leave values of a key that is not given as they are, and count them", async () => {
    let application = await restart(first);
    await sealEverything(application);
    application = await restart(second, first);
    const { database } = application;
    await database.knex("totp_factors").update({ secret: "v1.AAAAAAAA.AAAAAAAAAAAAAAAA.AAAA" });
    const done = await renewAll(application.sealed());
    expect(done.filter(({ unreadable }) => unreadable > 0)).toEqual([
      { table: "totp_factors", renewed: 0, unreadable: 1 },
    ]);
    const [row] = await database.knex("totp_factors").pluck<string[]>("secret");
    expect(row).toMatch(/^v1\.AAAAAAAA/);
  });

  it("dropped too early refuse an application's code honestly, and count no failure", async () => {
    let application = await restart(first);
    const secret = await sealEverything(application);
    application = await restart(second, first);
    // What only the dropped key opens: the register's own secret was sealed anew meanwhile.
    const [own] = await renewAll(
      application.sealed().filter(({ table }) => table === "kept_secrets"),
    );
    expect(own).toMatchObject({ renewed: 1 });
    application = await restart(second);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const checked = await application.secondFactors.check(
        await account(application),
        totpCode(secret),
        { browserSecret: undefined },
      );
      expect(checked).toMatchObject({ problems: [{ reason: "factor-unreadable" }] });
    }
    const { knex } = application.database;
    expect(await knex("sign_in_failures").where("failures", ">", 0)).toEqual([]);
    application = await restart(second, first);
    expect(
      await application.secondFactors.check(await account(application), totpCode(secret), {
        browserSecret: undefined,
      }),
    ).toMatchObject({ accepted: true });
  });

  it("never undo what the server wrote between the reading and the writing of a value", async () => {
    const application = await restart(first);
    await sealEverything(application);
    const column = {
      ...{ table: "totp_factors", key: "account_sub", column: "secret" },
      place: (sub: string) => `totp_factors:${sub}`,
    };
    const { database, encryption } = await restart(second, first);
    const store = new SealedColumnStore(database.knex, column);
    const [read] = await store.heldByOthers(encryption.keyIds[0] ?? "", "", 10);
    if (!read) throw new Error("the first key holds one");
    const meanwhile = encryption.encrypt("meanwhile", column.place(read.key));
    await database.knex("totp_factors").update({ secret: meanwhile });
    expect(await store.replace(read, encryption.encrypt("late", column.place(read.key)))).toBe(
      false,
    );
    expect(await database.knex("totp_factors").pluck<string[]>("secret")).toEqual([meanwhile]);
  });
});

it("a table that cannot be read keeps none behind it from being made anew", async () => {
  const made: string[] = [];
  const table = (name: string, fault?: Error) => ({
    ...{ table: name, keyIds: [], counts: () => Promise.resolve([]) },
    renew: () => {
      made.push(name);
      return fault ? Promise.reject(fault) : Promise.resolve({ renewed: 1, unreadable: 0 });
    },
  });
  const broken = new Error("a statement met its time limit");
  await expect(renewAll([table("one", broken), table("two")])).rejects.toBe(broken);
  expect(made).toEqual(["one", "two"]);
});
