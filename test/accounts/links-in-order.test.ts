import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { writeRequestedLetters } from "../../src/accounts/account-letters.ts";
import { openAccountStores } from "../../src/accounts/account-stores.ts";
import { createAddressChanges } from "../../src/accounts/address-change.ts";
import { createRecovery } from "../../src/accounts/recovery.ts";
import { type EmailAddress, parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { type Database, type Transaction, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const noon = 1_800_000_000;

describe.each(databases)("A link that is pressed beside another act on $name", (kind) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let another: Database;
  let id: number;

  beforeAll(async () => {
    testDatabase = await kind.create(migrated);
    database = openDatabase(testDatabase.url);
    another = openDatabase(testDatabase.url);
  });
  afterAll(async () => {
    await database.close();
    await another.close();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    for (const table of ["one_time_tokens", "address_changes", "letter_requests", "accounts"])
      await database.knex(table).delete();
    const [row] = await database
      .knex("accounts")
      .insert({
        ...{ sub: "camille", email: "camille@cfa.test", locale: "fr", state: "active" },
        ...{ given_name: "Camille", family_name: "Durand", credentials_changed_at: 0 },
        ...{ email_verified_at: noon, created_at: noon, updated_at: noon },
      })
      .returning<{ id: number }[]>("id");
    id = row?.id ?? 0;
  });

  const clock = { epochSeconds: () => noon, epochMilliseconds: () => noon * 1000 };
  const nothing = () => Promise.resolve();
  const parts = () => ({
    ...openAccountStores({ database, clock }),
    ...{ database, clock, random: systemRandom, onCredentialsChanged: nothing, enqueue: nothing },
    ...{ contactUrl: "https://www.cfa.test/", issuer: "https://auth.test" },
    ...{
      recordSoon: () => Promise.resolve(nothing),
      whenValidated: () => Promise.resolve(nothing),
    },
    ...{
      startAgain: () => "https://portail.test/",
      allow: () => Promise.resolve(new Set<string>()),
    },
    guard: { forgive: nothing, begin: () => Promise.reject(new Error("nobody types a password")) },
    passwords: {
      hash: (password: string) => Promise.resolve(`hash of ${password}`),
      verify: () => Promise.resolve(true),
    },
    policy: { check: () => Promise.resolve({ accepted: true as const, value: undefined }) },
    findAccount: async () => await openAccountStores({ database, clock }).accounts.findById(id),
  });

  const credentials = async () => (await parts().findAccount())?.credentials;

  /** Acts while another node, which holds the account, is about to void its links. */
  async function pressed<Answer>(press: () => Promise<Answer>, voidLinks: VoidLinks) {
    let answer: Promise<Answer> | undefined;
    await another.transaction(async (transaction) => {
      await openAccountStores({ database: another, clock })
        .accounts.within(transaction)
        .hold(["camille"]);
      answer = press();
      answer.catch(() => undefined);
      // SQLite has one writer, which this is; PostgreSQL's other one reaches what it waits for meanwhile.
      await pause(kind.name === "SQLite" ? 0 : 300);
      await voidLinks(transaction);
    });
    return answer;
  }

  async function mailRecovery({ tokens }: ReturnType<typeof parts>): Promise<void> {
    await tokens.insert("secret", {
      ...{ purpose: "recovery", email: typed("camille@cfa.test"), accountId: id },
      ...{ credentials: await credentials(), pendingSignUpId: undefined, clientId: undefined },
      ...{ createdAt: noon, expiresAt: noon + 60 },
    });
  }

  function recoveryBy(all: ReturnType<typeof parts>) {
    const form = { password: "un mot de passe", password_confirmation: "un mot de passe" };
    const recovery = createRecovery(all as unknown as Parameters<typeof createRecovery>[0]);
    return () => recovery.setPassword("secret", form);
  }

  async function changeBy(all: ReturnType<typeof parts>) {
    const email = typed("new@cfa.test");
    const change = { accountSub: "camille", email, credentials: await credentials() };
    await all.addressChanges.replace(
      "secret",
      { ...change, createdAt: noon, expiresAt: noon + 60 },
      noon,
    );
    const attempt = { succeeded: nothing, failed: nothing };
    const changes = createAddressChanges({
      ...all,
      guard: { begin: () => Promise.resolve({ accepted: true, value: attempt }) },
    } as unknown as Parameters<typeof createAddressChanges>[0]);
    return () => changes.confirm("secret", "un mot de passe", undefined);
  }

  it("sets no password by a link that was voided, and neither act is undone for the other", async () => {
    const all = parts();
    await mailRecovery(all);
    const answer = await pressed(recoveryBy(all), (transaction) =>
      all.tokens.within(transaction).supersedeOfAccount(id, noon),
    );
    expect(answer).toEqual({ accepted: false, problems: [{ reason: "link-replaced" }] });
  });

  it("sets no password of who is signed out everywhere meanwhile, and says of no link that it did", async () => {
    const all = parts();
    await mailRecovery(all);
    const answer = await pressed(recoveryBy(all), async (transaction) => {
      await all.accounts.within(transaction).renewCredentials("camille", noon);
    });
    expect(answer).toEqual({ accepted: false, problems: [{ reason: "link-replaced" }] });
    // Its page says « Mot de passe modifié » of one that was used.
    expect((await all.tokens.find("recovery", "secret"))?.consumedAt).toBeUndefined();
  });

  it("changes no address by a link that was voided, and neither act is undone for the other", async () => {
    const all = parts();
    const press = await changeBy(all);
    const answer = await pressed(press, (transaction) =>
      all.addressChanges.within(transaction).removeOf("camille"),
    );
    expect(answer).toEqual({ accepted: false, problems: [{ reason: "link-unknown" }] });
  });

  it("changes no address of who is signed out everywhere meanwhile, and says of no link that it did", async () => {
    const all = parts();
    const answer = await pressed(await changeBy(all), async (transaction) => {
      await all.accounts.within(transaction).renewCredentials("camille", noon);
    });
    expect(answer).toEqual({ accepted: false, problems: [{ reason: "link-unknown" }] });
    expect((await all.addressChanges.find("secret"))?.consumedAt).toBeUndefined();
  });

  it.each(["is deleted", "recovers the password"])(
    "asks for no new address of who %s meanwhile",
    async (what) => {
      const email = parseEmailAddress("new@cfa.test");
      const account = await parts().findAccount();
      if (!email || !account) throw new Error("nobody asks");
      const enqueued: unknown[] = [];
      const attempt = { succeeded: nothing, failed: nothing };
      const changes = createAddressChanges({
        ...parts(),
        guard: { begin: () => Promise.resolve({ accepted: true, value: attempt }) },
        allow: () => Promise.resolve(new Set([email])),
        enqueue: (_: Transaction, letter: unknown) => Promise.resolve(void enqueued.push(letter)),
      } as unknown as Parameters<typeof createAddressChanges>[0]);
      const form = { email, email_confirmation: email, current_password: "un mot de passe" };
      let asking: Promise<unknown> | undefined;
      await another.transaction(async (transaction) => {
        const stores = openAccountStores({ database: another, clock });
        await stores.accounts.within(transaction).hold(["camille"]);
        await stores.addressChanges.within(transaction).removeOf("camille");
        asking = changes.request(account, form, undefined);
        await pause(300);
        const accounts = stores.accounts.within(transaction);
        await (what === "is deleted"
          ? accounts.erase(account.email, noon)
          : accounts.setPassword(account, "another", noon));
      });
      expect(await asking).toMatchObject({
        accepted: false,
        problems: [{ reason: "current-password-wrong" }],
      });
      expect([enqueued, await database.knex("address_changes")]).toEqual([[], []]);
    },
  );

  describe("a letter with a new link", () => {
    const email = parseEmailAddress("camille@cfa.test");
    const asked = async () => {
      const all = parts();
      if (!email) throw new Error("no address");
      await all.letterRequests.insert({
        ...{ id: "asked", purpose: "recovery", email, locale: "fr", createdAt: noon },
        ...{ pendingSignUpId: undefined, clientId: undefined },
      });
      const enqueued: string[] = [];
      const writing = {
        ...all,
        allow: () => Promise.resolve(new Set([email])),
        enqueue: (_: Transaction, { letter }: { readonly letter: string }) =>
          Promise.resolve(void enqueued.push(letter)),
      };
      return { all, email, enqueued, write: () => writeRequestedLetters(writing) };
    };

    it("is written though the one before it cannot be", async () => {
      const { all, email: to, enqueued } = await asked();
      const rows = ["0-poison", "1-asked"].map(
        (each) => ({ id: each, purpose: "recovery" }) as const,
      );
      await all.letterRequests.within(database.knex).take("asked");
      for (const row of rows)
        await all.letterRequests.insert({
          ...{ ...row, email: to, locale: "fr", createdAt: noon },
          ...{ pendingSignUpId: undefined, clientId: undefined },
        });
      let isFirst = true;
      const writing = {
        ...all,
        allow: () => Promise.resolve(new Set([to])),
        enqueue: (_: Transaction, { letter }: { readonly letter: string }) => {
          if (isFirst) {
            isFirst = false;
            return Promise.reject(new Error("poison"));
          }
          return Promise.resolve(void enqueued.push(letter));
        },
      };
      await expect(writeRequestedLetters(writing)).rejects.toThrow("poison");
      expect(enqueued).toEqual(["accounts/recovery"]);
      expect(await database.knex("letter_requests").pluck("id")).toHaveLength(1);
      await database.knex("letter_requests").delete();
    });

    it("is written beside an act that voids the older one, and neither is undone", async () => {
      const { all, email: to, enqueued, write } = await asked();
      await all.tokens.insert("older", {
        ...{ purpose: "recovery", email: to, accountId: id, credentials: await credentials() },
        ...{ pendingSignUpId: undefined, clientId: undefined },
        ...{ createdAt: noon - 3600, expiresAt: noon + 60 },
      });
      await pressed(write, (transaction) =>
        all.tokens.within(transaction).supersedeOfAccount(id, noon),
      );
      expect(enqueued).toEqual(["accounts/recovery"]);
    });

    it("is not written to who is deleted meanwhile, and no link of theirs stays", async () => {
      const { all, email: to, enqueued, write } = await asked();
      await pressed(write, async (transaction) => {
        await all.tokens.within(transaction).removeOfAccount(id);
        await all.accounts.within(transaction).erase(to, noon);
      });
      expect(enqueued).toEqual([]);
      expect(await database.knex("one_time_tokens")).toEqual([]);
    });
  });
});

type VoidLinks = (transaction: Transaction) => Promise<void>;

function typed(text: string): EmailAddress {
  const email = parseEmailAddress(text);
  if (!email) throw new Error(`not an address: ${text}`);
  return email;
}
