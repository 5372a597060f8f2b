import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type Ground, type RecordSoon, type Room, room } from "../house/index.ts";
import type { WebActs } from "../web/index.ts";
import { CareStore } from "./care-store.ts";
import { type Cares, createCares } from "./cares.ts";
import { ColleagueRequestStore } from "./colleague-request-store.ts";
import { type ColleagueRequests, createColleagueRequests } from "./colleague-requests.ts";
import type { Enqueue } from "./organisation-letters.ts";
import { organisationTables } from "./organisation-tables.ts";
import { organisationRoutes, organisationsPath } from "./own-routes.ts";

/** What organisations stand on. */
export interface OrganisationPorts {
  readonly ground: Ground;
  readonly recordSoon: RecordSoon;
  readonly mail: { readonly enqueue: Enqueue };
  readonly web: Pick<WebActs, "formGuards">;
  readonly accounts: Pick<AccountActs, "accounts" | "asks" | "signedIn">;
  readonly establishments: Pick<EstablishmentActs, "accesses" | "invitations">;
}

/** What other rooms ask of it. */
export interface OrganisationActs {
  readonly cares: Cares;
  readonly colleagueRequests: ColleagueRequests;
  /** `ORGANISATION_ADMINS`. */
  readonly organisationAdmins: boolean;
}

/** What this room records. */
const organisationEvents = [
  "organisation-care-given",
  "organisation-care-ended",
  "colleague-request-made",
  "colleague-request-accepted",
  "colleague-request-refused",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly organisations: (typeof organisationEvents)[number];
  }
}

/** Opens organisations: nobody has the care of one, nor sees a page of it, while the setting is off. */
export function openOrganisations(ports: OrganisationPorts): Room<OrganisationActs> {
  const { ground, recordSoon, accounts, establishments } = ports;
  const { database, clock, settings } = ground;
  const careStore = new CareStore(database.knex);
  const requests = new ColleagueRequestStore(database.knex);
  const shared = { database, clock, recordSoon, accounts: accounts.accounts, requests };
  const isOn = settings.organisationAdmins;
  const cares = createCares({
    ...{ ...shared, cares: careStore, enqueue: ports.mail.enqueue, isOn },
    organisationsUrl: `${settings.issuer}${organisationsPath}`,
    contactUrl: settings.contactUrl,
  });
  const colleagueRequests = createColleagueRequests({
    ...{ ...shared, ...establishments, careStore, cares, isOn },
  });
  accounts.asks.organisationsUrl.answerBy(async (account) =>
    (await cares.held(account)).length > 0 ? organisationsPath : undefined,
  );
  const { signedIn } = accounts;
  return room({
    name: "organisations",
    acts: { cares, colleagueRequests, organisationAdmins: isOn },
    routes: {
      pages: [
        organisationRoutes({
          ...{ cares, colleagueRequests, signedIn, formGuards: ports.web.formGuards },
        }).routes() as Middleware,
      ],
    },
    tables: organisationTables({ clock, cares: careStore, requests }),
    letters: ["organisations/care-given", "organisations/care-ended"],
    events: organisationEvents,
  });
}
