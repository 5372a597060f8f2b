import type { Middleware } from "koa";
import { Ask, minutes, seconds } from "../foundation/index.ts";
import {
  type ClaimedTable,
  type Ground,
  type RecordSoon,
  type Room,
  room,
} from "../house/index.ts";
import {
  type Job,
  type RecordEvent,
  type Settings,
  createMailGuard,
  retentionSeconds,
} from "../operations/index.ts";
import type { WayBack, WebActs } from "../web/index.ts";
import { type ClientCall, createClientCall } from "./client-calls.ts";
import { ClientDirectory } from "./client-directory.ts";
import { ClientEditing } from "./client-editing.ts";
import { ClientRegistry } from "./client-registry.ts";
import { type Declarations, type OwnDeclarations, readDeclarations } from "./declarations.ts";
import type { ResourceServer } from "./declared-resources.ts";
import { DynamicRegistration } from "./dynamic-registration.ts";
import { LogoStore } from "./logo-store.ts";
import { type Logos, createLogos, servesLogos } from "./logos.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import type { AuthorizeClientChange } from "./recorded-change.ts";
import { registrationRoutes } from "./registration-routes.ts";
import { createRemoteProblems } from "./remote-metadata.ts";
import { type Sectors, createSectors } from "./sectors.ts";
import { serviceName } from "./service-names.ts";
import { startAgainUrl, wayBack } from "./start-again.ts";

/** What clients stand on. */
export interface ClientPorts extends OwnDeclarations {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly recordSoon: RecordSoon;
  readonly web: Pick<WebActs, "limits">;
}

/** What other rooms ask of it. */
export interface ClientActs {
  readonly clients: ClientDirectory;
  readonly clientRegistry: ClientRegistry;
  readonly clientEditing: ClientEditing;
  readonly clientRegistration: DynamicRegistration;
  /** Who may change clients; accounts, above, know who is of the staff. */
  readonly clientAuthority: Ask<AuthorizeClientChange>;
  /** How their addresses are called: never into private networks. */
  readonly callClient: ClientCall;
  readonly sectors: Sectors;
  /** Where a client's logo is served from; undefined when there is none. */
  readonly logoUrl: (client: ClientMetadata) => Promise<string | undefined>;
  /** The resource servers that clients may ask for, ours among them. */
  readonly resources: readonly ResourceServer[];
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  /** Whether there is such a client, served or not. */
  readonly isKnown: (clientId: string) => boolean;
  /** What a client is called; undefined when there is none. */
  readonly serviceNameOf: (clientId: string) => string | undefined;
  /** Where « Se connecter » leads for a client, on any device and after any time. */
  readonly startAgain: (clientId: string | undefined, loginHint?: string) => string;
  /** The same for a page that says where its link leads. */
  readonly wayBack: (clientId: string | undefined) => WayBack;
}

/**
 * Opens clients: the declared ones are read at once, the registered ones when the house starts.
 * @throws ConfigurationError when the declared clients have problems, all of them named
 */
export async function openClients(ports: ClientPorts): Promise<Room<ClientActs>> {
  const { ground, record, web } = ports;
  const { settings, clock, random, logger } = ground;
  const declarations = await readDeclarations(settings, ports);
  const called = calledClients(ground);
  const registry = registryActs(ports, declarations.declared, called);
  const { clients, clientRegistration } = registry;
  return room({
    name: "clients",
    acts: {
      ...registry,
      callClient: called.callClient,
      sectors: called.sectors,
      logoUrl: (client) => called.logos.url(client),
      resources: declarations.resources,
      ...lookUps(clients, settings),
    },
    routes: {
      pages: [
        servesLogos(called.logoStore),
        registrationRoutes({
          ...{ issuer: settings.issuer, logger, random, limits: web.limits, record },
          registration: clientRegistration,
          directory: clients,
        }).routes() as Middleware,
      ],
    },
    jobs: clientJobs(clients, called.logos),
    tables: claimedTables(() => {
      const before = clock.epochSeconds() - retentionSeconds.clientInvitations;
      return clientRegistration.purge(before);
    }),
    events: clientEvents,
    start: () => clients.open(),
  });
}

/** What this room records. */
const clientEvents = [
  "client-registered",
  "client-updated",
  "client-removed",
  "client-disabled",
  "client-enabled",
  "client-secret-rotated",
  "client-invited",
  "client-invitation-revoked",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly clients: (typeof clientEvents)[number];
  }
}

/** What is asked of the clients' own servers. */
function calledClients({ settings, database, clock, logger, telemetry }: Ground) {
  const { privateHosts } = settings;
  const guard = createMailGuard(settings.mailGuard);
  const callClient = createClientCall({ logger, telemetry, privateHosts, guard });
  const logoStore = new LogoStore(database.knex);
  const logos = createLogos({ call: callClient, clock, logger, store: logoStore });
  return { callClient, logoStore, logos, sectors: createSectors({ call: callClient, clock }) };
}

/** The directory, and those who write to it. */
function registryActs(
  { ground, recordSoon, own }: ClientPorts,
  declared: Declarations["declared"],
  { sectors, logos }: ReturnType<typeof calledClients>,
) {
  const { settings, database, clock, random, logger } = ground;
  const { production, clientsFile } = settings;
  const remoteProblems = createRemoteProblems(sectors, logos);
  const shared = { database, clock, random, logger, recordSoon, production, remoteProblems };
  const clientAuthority = new Ask<AuthorizeClientChange>("who may change clients");
  const changed = { ...shared, authorize: clientAuthority.ask };
  const clients = new ClientDirectory({ ...shared, declared, own, clientsFile });
  return {
    clients,
    clientAuthority,
    clientRegistry: new ClientRegistry({ ...changed, directory: clients }),
    clientEditing: new ClientEditing({ ...changed, directory: clients }),
    clientRegistration: new DynamicRegistration({ ...changed, directory: clients }),
  };
}

function lookUps(
  clients: ClientDirectory,
  { issuer, portalUrl }: Pick<Settings, "issuer" | "portalUrl">,
): Pick<ClientActs, "findClient" | "isKnown" | "serviceNameOf" | "startAgain" | "wayBack"> {
  return {
    findClient: (clientId) => clients.find(clientId),
    isKnown: (clientId) => clients.entry(clientId) !== undefined,
    serviceNameOf: (clientId) => {
      const client = clients.find(clientId);
      return client && serviceName(client);
    },
    startAgain: (clientId, loginHint) =>
      startAgainUrl(clients.find(clientId ?? ""), { issuer, portalUrl, loginHint }),
    wayBack: (clientId) => wayBack(clients.find(clientId ?? ""), { issuer, portalUrl }),
  };
}

function clientJobs(clients: ClientDirectory, logos: Logos): Job[] {
  return [
    {
      name: "follow-clients",
      everySeconds: seconds(1),
      follows: true,
      run: () => clients.refresh(),
    },
    {
      name: "fetch-logos",
      everySeconds: minutes(10),
      run: (stopping) =>
        logos.follow(
          clients.list().flatMap(({ served }) => served ?? []),
          stopping,
        ),
    },
  ];
}

/** Applications, not people: who among the staff registered one stands in the audit too. */
function claimedTables(purgeInvitations: () => Promise<number>): ClaimedTable[] {
  const ofApplication = { because: "about an application; `by` names staff as the audit does" };
  const kept = { because: "kept until its client is removed, which removes it" };
  const table = (
    name: string,
    impersonal: readonly string[],
    personal: readonly string[] = [],
  ) => ({
    table: name,
    personal,
    impersonal,
    export: ofApplication,
    erase: ofApplication,
    purge: kept,
  });
  return [
    table("clients", ["client_id", "metadata", "registered_at"], ["registered_by"]),
    table("client_secrets", ["id", "client_id", "digest", "created_at", "ends_at"]),
    table("client_suspensions", ["client_id", "disabled_at", "enabled_at"]),
    table("clients_version", ["id", "version"]),
    {
      ...table(
        "client_invitations",
        ["id", "digest", "uses_left", "expires_at"],
        [...["created_by", "created_at"]],
      ),
      purge: [{ as: "clientInvitations", run: purgeInvitations }],
    },
    table("client_logos", ["uri", "digest", "media_type", "content", "problem", "fetched_at"]),
    table("client_registration_tokens", ["client_id", "digest", "invitation_id", "created_at"]),
  ];
}
