import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { actsOf } from "../support/acts.ts";
import { databases } from "../support/databases.ts";
import { accountOf } from "../support/passkeys.ts";
import { newPerson } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What asks for a letter alone is recorded by whoever takes the request; what ends tokens, behind the artifacts that keep them. */
const recordedBehind = ["ask for a recovery", "withdraw an application"];
/** It appends to the chain itself. */
const recordedWithin = ["close an access"];

describe.each(databases)("an act and its event are written together, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { environment: { ORGANISATION_ADMINS: "on" } });
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Everything that an act could have left, table by table. */
  const written = async () => {
    const { knex } = provider.application.database;
    const tables = [
      ...["accounts", "accesses", "access_requests", "establishments", "organisation_cares"],
      ...["colleague_requests", "address_changes", "enrolment_codes", "installation"],
      ...["passkeys", "recovery_codes", "audit_events"],
    ];
    // A letter of before may be on its way: what is new in the outbox is told by its identifier.
    const rows: Record<string, unknown> = {
      outbox: await knex("outbox").orderBy("id").pluck("id"),
    };
    for (const table of tables) {
      const all = await knex(table).select();
      rows[table] = all.map((row) => JSON.stringify(row)).sort();
    }
    return rows;
  };

  it("nothing has happened where the event cannot be written", async () => {
    const { knex } = provider.application.database;
    const acts = actsOf(provider).filter(
      ({ name }) => ![...recordedBehind, ...recordedWithin].includes(name),
    );
    expect(acts.length).toBeGreaterThan(20);
    for (const { name, before, act } of acts) {
      const person = await newPerson(provider);
      await before?.(person);
      const account = await accountOf(provider, person.sub);
      await knex.schema.renameTable("audit_drafts", "audit_drafts_away");
      const first = await written();
      const outcome = await act(account, person).then(
        () => "done",
        () => "undone",
      );
      const then = await written();
      await knex.schema.renameTable("audit_drafts_away", "audit_drafts");
      expect([name, outcome, then]).toEqual([name, "undone", first]);
    }
  });

  it("nor has what is done to letters that wait and to addresses that refuse them", async () => {
    const { waiting, refusedAddresses, resumeMail, database, clock } = provider.application;
    const { knex } = database;
    const { sub } = await newPerson(provider);
    const person = { sub, email: "refuse@partenaire.test" as EmailAddress };
    const later = clock.epochSeconds() + 3600;
    await knex("outbox").insert({
      ...{ id: "waits", channel: "nobody's", name: "n", state: "waiting", attempts: 1 },
      ...{ encrypted_content: "sealed", created_at: later, due_at: later, account_sub: sub },
    });
    await refusedAddresses.stop(person.email, "bounced");
    const by = { actor: "operator", reference: "r-1" };
    const acts = {
      "outbox-retried": () => waiting.retry({ ids: ["waits"] }, by),
      "outbox-dropped": () => waiting.drop({ ids: ["waits"] }, by),
      "mail-resumed": () => resumeMail(person, by),
    };
    const state = async () => [
      await waiting.find("waits"),
      await refusedAddresses.find(person.email),
    ];
    for (const [name, act] of Object.entries(acts)) {
      const first = await state();
      await knex.schema.renameTable("audit_drafts", "audit_drafts_away");
      await expect(act()).rejects.toThrow();
      await knex.schema.renameTable("audit_drafts_away", "audit_drafts");
      expect([name, await state()]).toEqual([name, first]);
      await act();
      expect(await state()).not.toEqual(first);
      const { entries } = await provider.application.audit.page({}, { limit: 1 });
      expect(entries).toMatchObject([{ name, actor: "operator", sub }]);
    }
  });
});
