import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Account } from "../../src/accounts/index.ts";
import { databases } from "../support/databases.ts";
import { type TestHouse, openHouse } from "../support/house.ts";
import { sirets } from "../support/person.ts";
import { totpCode } from "../support/second-factor.ts";
import { goodPassword } from "../support/test-provider.ts";

const email = "canari@partenaire.test";
const names = { givenName: "Canarine", familyName: "Volière" };
/** What stands in what people wrote or named. */
const written = "mot-de-canari";

/** Where `sub` stays: an act keeps whom it was about, and the fate of a mail its account, for their time. */
const keepSub = ["accounts", "audit_events", "outbox"];

/**
 * Deleting an account folds what every room claims. Something of everything is made, then looked for in every column of
 * every table: whatever a room forgets is found here.
 */
describe.each(databases)("An account that is deleted, on $name", (kind) => {
  let house: TestHouse;
  let account: Account;

  beforeAll(async () => {
    house = await openHouse(kind);
    const { passwords } = house.application;
    const passwordHash = await passwords.hash(goodPassword);
    account = await house.addAccount(email, { ...names, passwordHash });
    await leaveTraces();
  });
  afterAll(async () => {
    await house.drop();
  });

  async function leaveTraces(): Promise<void> {
    const { application } = house;
    const { knex } = application.database;
    const { sub, id } = account;
    const { totp } = application.secondFactors;
    const { secret, sealed } = totp.propose(account);
    const form = { code: totpCode(secret), enrolment: sealed };
    expect((await totp.enrol(account, form)).accepted).toBe(true);
    const passkey = { account_sub: sub, credential_id: written, public_key: "-", counter: 0 };
    const made = { synchronised: false, transports: "", name: written, created_at: 1 };
    await knex("passkeys").insert({ ...passkey, ...made });
    await application.knownBrowsers.remember(account, application.random.secret());
    const opened = { account, sirets: [sirets[0]] as never[], by: "operator" };
    expect((await application.accesses.open(opened)).accepted).toBe(true);
    const request = { account, sirets: sirets[1], message: written };
    expect((await application.accessRequests.ask(request)).accepted).toBe(true);
    const invited = {
      email,
      siret: sirets[2],
      locale: "fr",
      invited_at: 1,
      invited_by: "operator",
    };
    const establishment = { siret: sirets[2], created_at: 1, updated_at: 1 };
    await knex("establishments").insert(establishment).onConflict("siret").ignore();
    await knex("invitations").insert(invited);
    const signUp = { email, email_confirmation: email, given_name: "Canarine" };
    const passwords = { password: goodPassword, password_confirmation: goodPassword };
    const origin = { locale: "fr", clientId: undefined } as const;
    const asked = { ...signUp, family_name: "Volière", ...passwords };
    expect((await application.signUpRequests.request(asked, origin)).accepted).toBe(true);
    expect((await application.recovery.request(email, origin)).accepted).toBe(true);
    while ((await application.writeRequestedLetters()) > 0);
    const changed = { email: `nouveau.${email}`, email_confirmation: `nouveau.${email}` };
    const change = { ...changed, current_password: goodPassword };
    expect((await application.addressChange.request(account, change, undefined)).accepted).toBe(
      true,
    );
    const about = { subject: { sub }, clientAddress: "192.0.2.7", details: { what: written } };
    await application.record({ name: "signed-in", outcome: "accepted", ...about });
    const refused = { subject: { email: account.email }, details: { what: written } };
    await application.record({ name: "signed-in", outcome: "refused", ...refused });
    await leaveRows(id, sub);
  }

  /** What only a session, a member of staff or a program leaves. */
  async function leaveRows(id: number, sub: string): Promise<void> {
    const { database, refusedAddresses } = house.application;
    const own = { account_sub: sub };
    const term = { staff_term: written, role: "agent" };
    const organisation = { account_id: id, siren: sirets[0].slice(0, 9) };
    const asked = { kind: "open", siret: sirets[0], state: "waiting", asked_at: 1 };
    const rows: Readonly<Record<string, object>> = {
      kept_forms: { ...own, id_digest: "-", sealed: "-", expires_at: 1 },
      enrolment_codes: { ...own, ...term, digest: "-", created_at: 1, expires_at: 1 },
      application_uses: { ...own, client_id: "portal", last_used_at: 1 },
      signal_audiences: { ...own, client_id: "portal", scopes: "openid", told_at: 1 },
      organisation_cares: { ...organisation, reason: written, given_at: 1, given_by: "operator" },
      colleague_requests: { ...organisation, ...asked, email, message: written },
      request_notices: { ...own, staff_term: "-", choice: "daily", chosen_at: 1, told_until: 1 },
    };
    for (const [table, row] of Object.entries(rows)) await database.knex(table).insert(row);
    await refusedAddresses.note(account.email, "user-unknown");
  }

  const isOfArtifacts = /^(artifacts|frozen_establishments)$/;

  /** Every row of every table that a room claims, as text. */
  async function rows(): Promise<Map<string, string>> {
    const { rooms, database } = house.application;
    const tables = rooms.flatMap((room) => room.tables.map(({ table }) => table));
    const all = new Map<string, string>();
    for (const table of tables) {
      if (isOfArtifacts.test(table) || !(await database.knex.schema.hasTable(table))) continue;
      if (/^(account_search|account_words|establishment_words)_/.test(table)) continue;
      all.set(table, JSON.stringify(await database.knex(table).select("*")));
    }
    return all;
  }
  const holding = (all: Map<string, string>, text: string) =>
    [...all].filter(([, kept]) => kept.includes(text)).map(([table]) => table);

  it("was somewhere: in each table that says it tells of a person", async () => {
    const all = await rows();
    expect(holding(all, email)).toEqual(
      expect.arrayContaining(["accounts", "pending_sign_ups", "invitations", "one_time_tokens"]),
    );
    expect(holding(all, written).sort()).toEqual([
      ...["access_requests", "audit_events", "colleague_requests", "enrolment_codes"],
      ...["organisation_cares", "passkeys"],
    ]);
    expect(holding(all, account.sub)).toEqual(
      expect.arrayContaining(["totp_factors", "recovery_codes", "known_browsers"]),
    );
    expect(holding(all, "192.0.2.0")).toEqual(["audit_events"]);
  });

  it("was given to its person, by each table that says so", async () => {
    const { id, sub } = account;
    const person = { id, sub, email: account.email, emailVerifiedAt: account.emailVerifiedAt };
    const document = await house.application.personalData.export(person);
    // A name that stands here had nothing to give: leave a row of the person in its table, above.
    const empty = Object.entries(document).filter(([, part]) => isEmpty(part));
    // These two take a session: test/journeys/own-data, test/journeys/applications.
    expect(empty.map(([name]) => name).sort()).toEqual(["applications", "sessions"]);
  });

  it("is nowhere any more, and what stays names it by its identifier alone", async () => {
    const before = await rows();
    const deleted = await house.application.deleteAccount({ account, by: "operator" });
    expect(deleted.accepted).toBe(true);
    const all = await rows();
    // A table that stands here had nothing to erase: leave a row of the person in it, above.
    const untouched = house.application.rooms
      .flatMap(({ tables }) => tables)
      .filter(({ table, erase }) => typeof erase === "function" && !isOfArtifacts.test(table))
      .filter(({ table }) => before.get(table) === all.get(table));
    expect(untouched.map(({ table }) => table)).toEqual([]);
    for (const text of [email, "Canarine", "Volière", written, "192.0.2.0"]) {
      expect([text, holding(all, text)]).toEqual([text, []]);
    }
    expect(holding(all, account.sub).sort()).toEqual(keepSub);
    const [left] = await house.application.database
      .knex("accounts")
      .where({ sub: account.sub })
      .select<object[]>("email", "role", "client_id", "last_signed_in_at", "inactivity_warned_at");
    expect(Object.values(left ?? {})).toEqual([null, null, null, null, null]);
    expect(await house.application.audit.verify()).toMatchObject({ intact: true });
  });
});

/** Nothing, or lists and names of nothing. */
function isEmpty(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return part === undefined || part === null;
  return Object.values(part).every(isEmpty);
}
