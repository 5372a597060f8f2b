import {
  type Access,
  AccessRequests,
  Accesses,
  type Invitation,
  Invitations,
  type QueuedRequest,
  type Siret,
} from "../../src/establishments/index.ts";
import {
  type AccessLetter,
  type AccessOutbox,
  type InvitationOutbox,
} from "../../src/establishments/access-letters.ts";
import { createSettlement } from "../../src/establishments/settlement.ts";
import { Announcement } from "../../src/foundation/index.ts";
import type { RecordSoon } from "../../src/house/index.ts";
import type { SecurityEvent } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type DatabaseKind, migrated } from "../support/databases.ts";

/** Real, valid numbers, in the order of SIRETs. */
export const laPoste = "35600000000048" as Siret;
export const dinum = "13002526500013" as Siret;
export const bakery = "41816609600051" as Siret;
export const mill = "00557246600026" as Siret;

/** A second that the tests call now; `clock.now` may be moved. */
export const noon = 1_800_000_000;

/** A register of its own, with what it wrote, announced and reported. */
export interface Register {
  readonly database: Database;
  readonly clock: { now: number };
  readonly accesses: Accesses;
  readonly invitations: Invitations;
  readonly accessRequests: AccessRequests;
  readonly decided: QueuedRequest[];
  readonly invited: { readonly invited: Invitation[][]; readonly withdrawn: Invitation[][] };
  readonly letters: AccessLetter[];
  /** What was recorded of the acts that were written. */
  readonly recorded: SecurityEvent[];
  readonly announced: { readonly opened: Access[][]; readonly closed: Access[][] };
  /** What was told in the transactions of changes: which, and of which SIRETs. */
  readonly written: [change: string, sirets: readonly string[]][];
  readonly faults: unknown[];
  /** A second node: the same database, another connection. */
  readonly otherNode: (outbox?: AccessOutbox) => Accesses;
  readonly addAccount: (sub: string, values?: object) => Promise<{ readonly id: number }>;
  /** Empties it and sets its clock to noon. */
  readonly clear: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** Opens and migrates a database of this kind, and a register on it. */
export async function createRegister(create: DatabaseKind["create"]): Promise<Register> {
  const testDatabase = await create(migrated);
  const database = openDatabase(testDatabase.url);
  const opened = [database];
  const clock = { now: noon };
  const letters: AccessLetter[] = [];
  const faults: unknown[] = [];
  const announced = { opened: [] as Access[][], closed: [] as Access[][] };
  const collect: InvitationOutbox = {
    enqueue: async (transaction, ...written) => {
      // A real statement: a letter written outside the transaction, or after it, would fail here.
      await transaction.select(1);
      letters.push(...written);
    },
    allow: (_transaction, _letter, ...recipients) => Promise.resolve(new Set(recipients)),
  };
  const recorded: SecurityEvent[] = [];
  const recordSoon: RecordSoon = async (transaction, events) => {
    await transaction.select(1);
    return () => Promise.resolve(void recorded.push(...events));
  };
  const written: Register["written"] = [];
  const told = new Announcement<QueuedRequest>((fault) => faults.push(fault));
  const node = (on: Database, outbox: AccessOutbox): Accesses =>
    new Accesses({
      database: on,
      clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
      outbox,
      serviceUrl: "https://portail.test/",
      settle: createSettlement({ database: on, decided: told, recordSoon }),
      recordSoon,
      written: async (transaction, change, changed) => {
        await transaction.select(1);
        written.push([change, changed.map(({ siret }) => siret)]);
      },
      reportFault: (fault) => faults.push(fault),
    });
  const accesses = node(database, collect);
  accesses.onAccessOpened((all) => void announced.opened.push([...all]));
  accesses.onAccessClosed((all) => void announced.closed.push([...all]));
  const invited = { invited: [] as Invitation[][], withdrawn: [] as Invitation[][] };
  const invitations = new Invitations({
    database,
    clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
    outbox: collect,
    recordSoon,
    accesses,
    signUpUrl: "https://auth.test/signup",
    reportFault: (fault) => faults.push(fault),
  });
  invitations.onInvited((all) => void invited.invited.push([...all]));
  invitations.onWithdrawn((all) => void invited.withdrawn.push([...all]));
  const decided: QueuedRequest[] = [];
  const accessRequests = new AccessRequests({
    database,
    clock: { epochSeconds: () => clock.now, epochMilliseconds: () => clock.now * 1000 },
    outbox: collect,
    recordSoon,
    accesses,
    requestsUrl: "https://auth.test/account/requests",
    serviceUrl: "https://portail.test/",
    decided: told,
  });
  accessRequests.onDecided((all) => void decided.push(...all));
  return {
    database,
    clock,
    accesses,
    invitations,
    invited,
    accessRequests,
    decided,
    letters,
    announced,
    written,
    recorded,
    faults,
    otherNode: (outbox = collect) => {
      const other = openDatabase(testDatabase.url);
      opened.push(other);
      return node(other, outbox);
    },
    addAccount: (sub, values = {}) => addAccount(database, sub, values),
    clear: async () => {
      clock.now = noon;
      for (const kept of [letters, faults, announced.opened, announced.closed]) kept.length = 0;
      for (const kept of [invited.invited, invited.withdrawn, decided, recorded, written])
        kept.length = 0;
      for (const table of [
        "access_requests",
        "invitations",
        "accesses",
        "establishments",
        "accounts",
      ])
        await database.knex(table).delete();
    },
    drop: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await testDatabase.drop();
    },
  };
}

interface AccountRow {
  id: number;
  sub: string;
  email: string | null;
  given_name: string;
  family_name: string;
  locale: string;
  state: string;
  email_verified_at: number;
  credentials_changed_at: number;
  created_at: number;
  updated_at: number;
}

async function addAccount(
  database: Database,
  sub: string,
  values: object,
): Promise<{ readonly id: number }> {
  const [row] = await database
    .knex<AccountRow>("accounts")
    .insert({
      sub,
      email: `${sub}@cfa.test`,
      given_name: "Camille",
      family_name: "Durand",
      locale: "fr",
      state: "active",
      email_verified_at: noon,
      credentials_changed_at: 0,
      created_at: noon,
      updated_at: noon,
      ...values,
    })
    .returning("id");
  if (!row) throw new Error("the account was not inserted");
  return row;
}
