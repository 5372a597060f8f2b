import { describe, expect, it } from "@jest/globals";
import { down, up } from "../../migrations/022-staff-enrolment.ts";
import { AccountStore, type StaffRole } from "../../src/accounts/index.ts";
import { type EmailAddress, parseEmailAddress } from "../../src/foundation/index.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { databases, migrated } from "../support/databases.ts";

describe.each(databases)("who is of the staff at the upgrade, on $name", (kind) => {
  it("keeps the second factor it has, and a node of the release before ends a term", async () => {
    const home = await kind.create(migrated);
    const database = openDatabase(home.url);
    const { knex } = database;
    await down(knex);
    const add = async (sub: string, role: StaffRole | undefined) => {
      const email = parseEmailAddress(`${sub}@opco.test`) as EmailAddress;
      const names = { givenName: "Anne", familyName: "Martin", locale: "fr" } as const;
      const kept = { sub, email, role, passwordHash: "-", clientId: undefined, ...names };
      expect(await new AccountStore(knex).insert(kept, 1)).toBe(true);
      await knex("totp_factors").insert({
        ...{ account_sub: sub, secret: "sealed", last_step: 1, created_at: 1 },
      });
    };
    await add("staff", "agent");
    await add("partner", undefined);
    await up(knex);
    const terms = () =>
      knex("accounts")
        .leftJoin("totp_factors", "totp_factors.account_sub", "accounts.sub")
        .orderBy("sub")
        .select<object[]>("sub", "accounts.staff_term as of", "totp_factors.staff_term as in");
    expect(await terms()).toEqual([
      { sub: "partner", of: null, in: null },
      { sub: "staff", of: "before", in: "before" },
    ]);
    // As release 0.2.0 writes it: the role alone.
    await knex("accounts").where({ sub: "staff" }).update({ role: null });
    await knex("accounts").where({ sub: "staff" }).update({ role: "admin" });
    expect(await terms()).toMatchObject([{}, { sub: "staff", of: null, in: "before" }]);
    await database.close();
    await home.drop();
  });
});
