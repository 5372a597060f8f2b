import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { AccountStore } from "../../src/accounts/index.ts";
import { createDeletion } from "../../src/accounts/deletion.ts";
import { AuditStore } from "../../src/audit/audit-store.ts";
import { createSoonRecorder } from "../../src/audit/record-soon.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { databases } from "../support/databases.ts";
import { type Audited, openAudit, signInOf } from "./audited.ts";

describe.each(databases)("an account that is deleted beside a purge on $name", (kind) => {
  let audited: Audited;

  beforeAll(async () => {
    audited = await openAudit(kind);
  });
  afterAll(() => audited.close());

  /** Deletes as a node does that a purge does not know of. */
  const deletion = (erased: () => void) => {
    const { audit, database } = audited.anotherNode();
    const clock = {
      epochSeconds: () => audited.clock.now,
      epochMilliseconds: () => audited.clock.now * 1000,
    };
    const { recordSoon } = createSoonRecorder({
      ...{ database, clock, random: systemRandom, audit },
      ...{ log: () => Promise.resolve(), telemetry: { count: () => undefined } },
      logger: { error: () => undefined },
    });
    return createDeletion({
      ...{ database, clock, recordSoon, accounts: new AccountStore(database.knex) },
      onCredentialsChanged: () => Promise.resolve(),
      closeAccesses: () => Promise.resolve({ sirets: [], announce: () => Promise.resolve() }),
      eraseTraces: async (transaction, person) => {
        await audit.erasePerson(transaction, person);
        erased();
      },
      contactUrl: "https://www.lopcommerce.test/",
      enqueue: () => Promise.resolve(),
    });
  };

  it("waits for no chain with its events held: neither is undone for the other", async () => {
    const { audit, database, clock } = audited;
    await database.knex("accounts").insert({
      ...{ sub: "camille", email: "camille@cfa.test", locale: "fr", state: "active" },
      ...{ given_name: "Camille", family_name: "Durand", credentials_changed_at: 0 },
      ...{ email_verified_at: clock.now, created_at: clock.now, updated_at: clock.now },
    });
    const { seq } = await audit.append(signInOf("camille"));
    const erased = Promise.withResolvers<undefined>();
    const deleteAccount = deletion(() => erased.resolve(undefined));
    let deleting: ReturnType<typeof deleteAccount> | undefined;
    // What a purge does, in its order: the chain is held, then events go.
    await database.transaction(async (transaction) => {
      await new AuditStore(transaction).holdHead();
      deleting = deleteAccount({ account: { sub: "camille" }, by: "operator" });
      // SQLite has one writer: there the deletion begins when this is over.
      await Promise.race([erased.promise, pause(1000)]);
      await pause(kind.name === "SQLite" ? 0 : 200);
      expect(await transaction("audit_events").where({ seq }).update({ seq })).toBe(1);
    });
    expect(await deleting).toEqual({ accepted: true, value: [] });
    const { entries } = await audit.page({}, { limit: 10 });
    expect(entries.map(({ name }) => name)).toEqual(["account-deleted", "signed-in"]);
    expect(await audit.verify()).toMatchObject({ intact: true });
  });
});
