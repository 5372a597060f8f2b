import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { AuditActs } from "../audit/index.ts";
import type { ClientActs } from "../clients/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type ClaimedTable, type Ground, type Room, room } from "../house/index.ts";
import type { MailActs } from "../mail/index.ts";
import type { ProviderActs } from "../provider/index.ts";
import type { SecondFactorActs } from "../second-factors/index.ts";
import { AccountSearchStore } from "./account-search-store.ts";
import { createAccountSearch } from "./account-search.ts";
import { backofficeRoutes } from "./routes.ts";

/** What the back office stands on. */
export interface BackofficePorts {
  readonly ground: Ground;
  readonly audit: AuditActs;
  readonly mail: MailActs;
  readonly clients: ClientActs;
  readonly accounts: AccountActs;
  readonly secondFactors: SecondFactorActs;
  readonly establishments: EstablishmentActs;
  readonly provider: ProviderActs;
}

/** Opens the back office. */
export function openBackoffice(ports: BackofficePorts): Room {
  const { ground, audit, mail, clients, accounts, establishments, provider, secondFactors } = ports;
  const { clock, random, logger, encryption, database, settings } = ground;
  const routes = backofficeRoutes({
    ...{ clock, random, logger, encryption, issuer: settings.issuer },
    ...{ ...audit, outbox: mail.outbox, ...clients, ...accounts, ...establishments, ...provider },
    enrolment: secondFactors.secondFactors.staff,
    opensBackoffice: secondFactors.secondFactors.staff.opens,
    search: createAccountSearch(new AccountSearchStore(database)),
  });
  return room({
    name: "backoffice",
    acts: undefined,
    routes: { pages: [routes.router.routes() as Middleware] },
    tables: searchTables(),
    events: ["register-exported"],
  });
}

/** SQLite's index of names and addresses, which follows `accounts` by triggers; PostgreSQL has it in `accounts`. */
function searchTables(): ClaimedTable[] {
  const followed = { because: "an index of accounts: it follows them by triggers" };
  const index = (table: string, personal: readonly string[], impersonal: readonly string[]) => ({
    ...{ table, personal, impersonal },
    ...{ export: followed, erase: followed, purge: followed },
  });
  return [
    index("account_search", ["words"], []),
    index("account_search_data", ["block"], ["id"]),
    index("account_search_idx", [], ["segid", "term", "pgno"]),
    index("account_search_docsize", [], ["id", "sz", "origin"]),
    index("account_search_config", [], ["k", "v"]),
  ];
}
