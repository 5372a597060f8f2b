import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { AuditActs } from "../audit/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type ClaimedTable, type Ground, type Room, type RoomList, room } from "../house/index.ts";
import type { OrganisationActs } from "../organisations/index.ts";
import type { MailActs } from "../mail/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import type { ProviderActs } from "../provider/index.ts";
import type { SecondFactorActs } from "../second-factors/index.ts";
import type { SignalActs } from "../signals/index.ts";
import { AccountSearchStore } from "./account-search-store.ts";
import { createAccountSearch } from "./account-search.ts";
import { openNotices } from "./open-notices.ts";
import { type RegisterExport, createRegisterExport } from "./register-export.ts";
import type { RequestNotices } from "./request-notices.ts";
import { backofficeRoutes } from "./routes.ts";

/** What the back office stands on. */
export interface BackofficePorts {
  readonly ground: Ground;
  /** Every security event, of all rooms. */
  readonly eventNames: RoomList["eventNames"];
  readonly audit: AuditActs;
  readonly outbox: Pick<OutboxActs, "waiting">;
  readonly mail: MailActs;
  readonly clients: ClientActs;
  readonly accounts: AccountActs;
  readonly secondFactors: SecondFactorActs;
  readonly establishments: EstablishmentActs;
  readonly organisations: OrganisationActs;
  readonly provider: ProviderActs;
  readonly signals: SignalActs;
}

/** What others ask of it. */
export interface BackofficeActs {
  readonly registerExport: RegisterExport;
  readonly requestNotices: RequestNotices;
}

/** What this room records. */
const backofficeEvents = [
  "register-exported",
  "letter-sent-again",
  "request-notices-chosen",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly backoffice: (typeof backofficeEvents)[number];
  }
}

/** Opens the back office. */
export function openBackoffice(ports: BackofficePorts): Room<BackofficeActs> {
  const { ground, audit, accounts, establishments } = ports;
  const { clock } = ground;
  const { requestNotices, ...notices } = openNotices({
    ...{ ground, enqueue: ports.mail.outbox.enqueue },
    ...{ ...establishments, ...ports.organisations },
  });
  const routes = routesOf(ports, requestNotices);
  return room({
    name: "backoffice",
    acts: {
      registerExport: createRegisterExport({ clock, ...audit, ...accounts, ...establishments }),
      requestNotices,
    },
    routes: { pages: [routes.router.routes() as Middleware] },
    jobs: notices.jobs,
    letters: ["backoffice/requests-waiting"],
    events: backofficeEvents,
    tables: [...notices.tables, ...searchTables()],
  });
}

function routesOf(ports: BackofficePorts, requestNotices: RequestNotices) {
  const { ground, audit, mail, clients, accounts, establishments, provider, secondFactors } = ports;
  const { waiting } = ports.outbox;
  const { clock, random, logger, encryption, database, settings } = ground;
  return backofficeRoutes({
    ...{ clock, random, logger, encryption, issuer: settings.issuer },
    ...{
      ...audit,
      outbox: mail.outbox,
      refusedAddresses: mail.refusedAddresses,
      resumeMail: mail.resumeMail,
      waiting,
      ...clients,
      ...accounts,
      ...establishments,
      ...ports.organisations,
      ...provider,
      ...ports.signals,
    },
    eventNames: ports.eventNames,
    requestNotices,
    lettersAgain: { ...accounts.lettersAgain, ...establishments.accessLettersAgain },
    secondFactors: secondFactors.secondFactors,
    enrolment: secondFactors.secondFactors.staff,
    opensBackoffice: secondFactors.secondFactors.staff.opens,
    search: createAccountSearch(new AccountSearchStore(database)),
  });
}

/** SQLite's indexes of names and addresses, which follow their tables by triggers; PostgreSQL has them in the tables. */
function searchTables(): ClaimedTable[] {
  const followed = { because: "an index: it follows its table by triggers" };
  const index = (table: string, personal: readonly string[], impersonal: readonly string[]) => ({
    ...{ table, personal, impersonal },
    ...{ export: followed, erase: followed, purge: followed },
  });
  // `account_search` is that of release 0.2.0.
  return ["account_search", "account_words", "establishment_words"].flatMap((name) => [
    index(name, ["words"], []),
    index(`${name}_data`, ["block"], ["id"]),
    index(`${name}_idx`, [], ["segid", "term", "pgno"]),
    index(`${name}_docsize`, [], ["id", "sz", "origin"]),
    index(`${name}_config`, [], ["k", "v"]),
  ]);
}
