import type { Middleware } from "koa";
import type { AccountActs, LettersAgain } from "../accounts/index.ts";
import type { RecordSoon, RecordWithin } from "../house/index.ts";
import { Announcement, Ask, Joined, attemptEach, minutes, seconds } from "../foundation/index.ts";
import { type Ground, type Purge, type Room, room } from "../house/index.ts";
import type { Job, RecordEvent } from "../operations/index.ts";
import type { WebActs } from "../web/index.ts";
import type { ChangeWritten } from "./access-changes.ts";
import type { Access } from "./access.ts";
import type { InvitationOutbox } from "./access-letters.ts";
import { AccessPageStore } from "./access-page-store.ts";
import type { QueuedRequest } from "./access-request.ts";
import { AccessRequests } from "./access-requests.ts";
import { Accesses } from "./accesses.ts";
import { Choices } from "./choices.ts";
import { Details } from "./details.ts";
import { createDirectory } from "./directory-client.ts";
import { establishmentTables } from "./establishment-tables.ts";
import { closingFinisher } from "./finished-closings.ts";
import { Invitations } from "./invitations.ts";
import { accessLettersAgain } from "./letters-again.ts";
import { ownEstablishments } from "./own-establishments.ts";
import { accessRequestRoutes, accessRequestsPath } from "./request-routes.ts";
import { createSettlement } from "./settlement.ts";

/** What establishments stand on. */
export interface EstablishmentPorts {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly recordWithin: RecordWithin;
  readonly recordSoon: RecordSoon;
  readonly mail: InvitationOutbox;
  readonly web: Pick<WebActs, "formGuards">;
  readonly accounts: Pick<AccountActs, "asks" | "signedIn">;
}

/** What other rooms ask of it. */
export interface EstablishmentActs {
  readonly accesses: Accesses;
  readonly accessPages: AccessPageStore;
  readonly invitations: Invitations;
  /** The letters of this room that can be made anew. */
  readonly accessLettersAgain: LettersAgain;
  readonly accessRequests: AccessRequests;
  readonly details: Details;
  /** What a person may choose among, for an authorization. */
  readonly choices: Choices;
  /** Told in the transaction in which accesses are opened or closed. */
  readonly written: Joined<Parameters<ChangeWritten>>;
  /** Ends the authorizations of a closed access, and records it, once. */
  readonly finishClosing: (closed: Access) => Promise<void>;
  /** Ends every authorization that was made for an establishment, for a person. */
  readonly endAuthorizations: Ask<(sub: string, siret: string) => Promise<void>>;
}

/** What this room records. */
const establishmentEvents = [
  "access-opened",
  "access-closed",
  "access-invited",
  "invitation-withdrawn",
  "access-requested",
  "access-request-accepted",
  "access-request-refused",
  "access-request-withdrawn",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly establishments: (typeof establishmentEvents)[number];
  }
}

/** Opens establishments, and has recorded and ended what they announce. */
export function openEstablishments(ports: EstablishmentPorts): Room<EstablishmentActs> {
  const acts = createActs(ports);
  const { ground, record, accounts } = ports;
  const { accesses, invitations, accessRequests } = acts;
  accesses.onAccessClosed((closed) => finishAll(acts, closed));
  accounts.asks.closeAccesses.answerBy((...given) => accesses.closeAllWithin(...given));
  accounts.asks.whenValidated.answerBy((...given) => invitations.claim(...given));
  accounts.asks.findAccount.answerBy(async (sub) => (await accesses.standing(sub))?.account);
  accounts.asks.ownEstablishments.answerBy(ownEstablishments(accesses));
  return room({
    name: "establishments",
    acts,
    routes: {
      pages: [
        accessRequestRoutes({
          ...{ accessRequests, record, formGuards: ports.web.formGuards },
          signedIn: accounts.signedIn,
        }).routes() as Middleware,
      ],
    },
    jobs: jobsOf(acts),
    byClock: byClock(acts),
    ways: { "look-ups": () => accesses.standing("readyz") },
    tables: establishmentTables({ ...acts, clock: ground.clock }),
    letters: [
      ...["access-opened", "access-ending", "access-closed", "invited"],
      ...["request-received", "request-refused"],
    ].map((name) => `establishments/${name}`),
    events: establishmentEvents,
  });
}

function createActs({
  ground,
  mail,
  recordWithin,
  recordSoon,
}: EstablishmentPorts): EstablishmentActs {
  const { database, clock, logger, settings } = ground;
  const { issuer, portalUrl: serviceUrl, directoryUrl: url } = settings;
  const written: EstablishmentActs["written"] = new Joined();
  const reportFault = (fault: unknown) =>
    logger.error({ err: fault }, "an access change was not carried on");
  const shared = { database, clock, outbox: mail, recordSoon, serviceUrl, reportFault };
  const decided = new Announcement<QueuedRequest>(reportFault);
  const settle = createSettlement({ database, decided, recordSoon });
  const accesses = new Accesses({ ...shared, written: written.tell, settle });
  const endAuthorizations: EstablishmentActs["endAuthorizations"] = new Ask(
    "who ends the authorizations of a closed access",
  );
  const finishing = { accesses, recordWithin, endAuthorizations: endAuthorizations.ask };
  const requestsUrl = `${issuer}${accessRequestsPath}`;
  const directory = url === undefined ? undefined : createDirectory({ clock, url });
  return {
    accesses,
    accessPages: new AccessPageStore(database.knex),
    invitations: new Invitations({ ...shared, accesses, signUpUrl: `${issuer}/signup` }),
    accessRequests: new AccessRequests({ ...shared, accesses, requestsUrl, decided }),
    accessLettersAgain: accessLettersAgain({ ...shared, requestsUrl }),
    details: new Details({ database, clock, directory }),
    choices: new Choices({ database, clock }),
    written,
    endAuthorizations,
    finishClosing: closingFinisher(finishing),
  };
}

async function finishAll(
  { finishClosing }: EstablishmentActs,
  closed: readonly Access[],
  stopping?: AbortSignal,
): Promise<void> {
  await attemptEach(closed, finishClosing, stopping);
}

function jobsOf(acts: EstablishmentActs): Job[] {
  const { accesses, invitations, details } = acts;
  const job = (
    name: string,
    everySeconds: number,
    run: (stopping: AbortSignal) => Promise<unknown>,
  ): Job => ({
    name,
    everySeconds,
    run: async (stopping) => {
      await run(stopping);
    },
  });
  return [
    job("open-awaited-invitations", seconds(30), (stopping) => invitations.openAwaited(stopping)),
    job("fill-establishment-details", seconds(5), (stopping) => details.fill(stopping)),
    job("revoke-closed-accesses", seconds(10), async (stopping) =>
      finishAll(acts, await accesses.closedButNotRevoked(100), stopping),
    ),
  ];
}

/** So much of what is open ends by its date at one moment, or is told that it will: a training year, not everything. */
const mostEnding = 0.5;

/** An access that was closed stays closed, and a letter is sent. */
function byClock({ accesses }: EstablishmentActs): Purge[] {
  return [
    {
      as: "accessesPastDate",
      job: "end-accesses",
      everySeconds: seconds(30),
      run: (stopping) => accesses.endExpired(stopping),
      share: { most: mostEnding, count: () => accesses.shareOf("past-date") },
    },
    {
      as: "endsOfAccesses",
      job: "announce-ends-of-accesses",
      everySeconds: minutes(10),
      run: (stopping) => accesses.announceEnds(stopping),
      share: { most: mostEnding, count: () => accesses.shareOf("to-announce") },
    },
  ];
}
