import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { AuditActs } from "../audit/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { isoInstant, seconds } from "../foundation/index.ts";
import { type ClaimedTable, type Ground, type Room, room } from "../house/index.ts";
import type { OrganisationActs } from "../organisations/index.ts";
import type { MailActs } from "../mail/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import type { ProviderActs } from "../provider/index.ts";
import type { SecondFactorActs } from "../second-factors/index.ts";
import type { SignalActs } from "../signals/index.ts";
import { AccountSearchStore } from "./account-search-store.ts";
import { createAccountSearch } from "./account-search.ts";
import { type RegisterExport, createRegisterExport } from "./register-export.ts";
import { noticesPath, requestsPath } from "./request-list-routes.ts";
import { RequestNoticeStore } from "./request-notice-store.ts";
import { type RequestNotices, createRequestNotices } from "./request-notices.ts";
import { backofficeRoutes } from "./routes.ts";

/** What the back office stands on. */
export interface BackofficePorts {
  readonly ground: Ground;
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

/** Opens the back office. */
export function openBackoffice(ports: BackofficePorts): Room<BackofficeActs> {
  const { ground, audit, mail, clients, accounts, establishments, provider, secondFactors } = ports;
  const { waiting } = ports.outbox;
  const { clock, random, logger, encryption, database, settings } = ground;
  const requestNotices = noticesOf(ports);
  const routes = backofficeRoutes({
    ...{ clock, random, logger, encryption, issuer: settings.issuer },
    ...{
      ...audit,
      outbox: mail.outbox,
      refusedAddresses: mail.refusedAddresses,
      waiting,
      ...clients,
      ...accounts,
      ...establishments,
      ...ports.organisations,
      ...provider,
      ...ports.signals,
    },
    requestNotices,
    lettersAgain: { ...accounts.lettersAgain, ...establishments.accessLettersAgain },
    secondFactors: secondFactors.secondFactors,
    enrolment: secondFactors.secondFactors.staff,
    opensBackoffice: secondFactors.secondFactors.staff.opens,
    search: createAccountSearch(new AccountSearchStore(database)),
  });
  return room({
    name: "backoffice",
    acts: {
      registerExport: createRegisterExport({ clock, ...audit, ...accounts, ...establishments }),
      requestNotices,
    },
    routes: { pages: [routes.router.routes() as Middleware] },
    jobs: [
      {
        name: "tell-staff-of-requests",
        everySeconds: seconds(30),
        run: async (stopping) => {
          await requestNotices.tell(stopping);
        },
      },
    ],
    letters: ["backoffice/requests-waiting"],
    events: ["register-exported", "letter-sent-again", "request-notices-chosen"],
    tables: [noticeTable(new RequestNoticeStore(database.knex)), ...searchTables()],
  });
}

function noticesOf({ ground, mail, establishments, organisations }: BackofficePorts) {
  const { database, clock, settings } = ground;
  const { accessRequests } = establishments;
  const { colleagueRequests, organisationAdmins } = organisations;
  return createRequestNotices({
    ...{ database, clock, enqueue: mail.outbox.enqueue },
    waiting: [
      (until) => accessRequests.waitingSpan(until),
      ...(organisationAdmins ? [colleagueRequests.waitingSpan] : []),
    ],
    queueUrl: `${settings.issuer}${requestsPath}`,
    choiceUrl: `${settings.issuer}${noticesPath}`,
  });
}

/** Whom of the staff a letter tells of requests. */
function noticeTable(store: RequestNoticeStore): ClaimedTable {
  return {
    table: "request_notices",
    personal: ["account_sub", "choice", "chosen_at", "last_sent_at"],
    impersonal: ["staff_term", "told_until"],
    export: {
      as: "request_notices",
      read: async ({ sub }) => {
        const notice = await store.findOf(sub);
        if (!notice) return undefined;
        const { choice, chosenAt, lastSentAt } = notice;
        return {
          ...{ choice, chosen_at: isoInstant(chosenAt) },
          last_sent_at: lastSentAt === undefined ? undefined : isoInstant(lastSentAt),
        };
      },
    },
    erase: (transaction, { sub }) => store.within(transaction).erase(sub),
    purge: [{ as: "requestNotices", run: () => store.removeFormer() }],
  };
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
