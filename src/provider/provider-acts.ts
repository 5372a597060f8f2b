import type { ClientMetadata } from "../clients/index.ts";
import { createAccountFinder } from "./account-finder.ts";
import { ApplicationUseStore } from "./application-use-store.ts";
import { createApplicationUses } from "./application-uses.ts";
import { Joined } from "../foundation/index.ts";
import {
  type SessionsEndedWithin,
  createLogoutNotices,
  endWithSession,
  tellByNotices,
} from "./back-channel-logout.ts";
import { createClaimsPreview, subjectFor } from "./claims-preview.ts";
import { createGrantedApplications } from "./granted-applications.ts";
import { readBesideOnce } from "./grant-reads.ts";
import { createHoldings } from "./holdings.ts";
import { countKeptBy } from "./kept-requests.ts";
import { createLibrary } from "./library.ts";
import { createCurrentSession, createOwnSessions, createSessionExport } from "./own-sessions.ts";
import { providerPages } from "./provider-pages.ts";
import type { ProviderPorts } from "./provider-ports.ts";
import { createProgramTokens } from "./program-tokens.ts";
import { createProvider } from "./provider.ts";
import { type ToldPersonReads, readOncePerRequest } from "./request-reads.ts";
import { createRevocation } from "./revocation.ts";
import { createSignOut } from "./sign-out.ts";
import { SigningKeyStore } from "./signing-key-store.ts";

/** What other rooms ask of the provider. */
export type ProviderActs = ReturnType<typeof createProviderActs>;

/** Builds the acts on the artifacts and the signing keys, and answers what lower rooms ask. */
export function createProviderActs(ports: ProviderPorts) {
  const { ground, artifacts: kept, clients, establishments } = ports;
  const { clock, random, logger, encryption } = ground;
  const { artifacts } = kept;
  const keyStore = new SigningKeyStore(ground.database.knex);
  const notices = noticesOf(ports);
  const { logoutNotices } = notices;
  const revocation = createRevocation({ artifacts, clock, logoutNotices });
  const { tell, ...reads } = readOncePerRequest(establishments.accesses, ground.fastLane);
  const uses = applicationUsesOf(ports, reads);
  const shared = { ...reads, artifacts, clock, random, logger, keyStore, encryption, revocation };
  const library = createLibrary(shared, (jwks) => {
    const { opens: opensBackoffice } = ports.secondFactors.secondFactors.staff;
    const provider = makeProvider(ports, {
      ...{ ...reads, tell, opensBackoffice, jwks, noteUse: uses.applicationUses.note },
    });
    tellByNotices(provider, logoutNotices);
    endWithSession(provider, { notices: logoutNotices, artifacts });
    return provider;
  });
  const { findClient } = clients;
  return {
    ...uses,
    applications: createGrantedApplications({
      ...{ ...shared, uses: uses.useStore, findClient },
      resources: clients.resources,
    }),
    ...{ keyStore, revocation, library, ...notices },
    findProgramToken: createProgramTokens(library),
    subjectAt: (client: ClientMetadata, sub: string) =>
      subjectFor(client, sub, ground.secretFor("provider")),
    ...reads,
    signOut: createSignOut({ library, revocation }),
    currentSession: createCurrentSession({ ...shared, findClient, library }),
    sessions: createOwnSessions({ ...shared, findClient, library }),
    exportSessions: createSessionExport({ ...shared, findClient }),
    holdings: createHoldings(artifacts),
    previewClaims: createClaimsPreview(ground.secretFor("provider")),
  };
}

/** Who is told of ended sessions: relying parties, and who else joined. */
function noticesOf({ ground, outbox, clients }: ProviderPorts) {
  const sessionsEndedWithin: SessionsEndedWithin = new Joined();
  const logoutNotices = createLogoutNotices({
    ...{ openChannel: outbox.openChannel, database: ground.database },
    clock: ground.clock,
    endedWithin: sessionsEndedWithin,
    wantsNotice: (clientId) => clients.findClient(clientId)?.backchannel_logout_uri !== undefined,
  });
  return { logoutNotices, sessionsEndedWithin };
}

/** When each application was last used, noted in memory and written now and then. */
function applicationUsesOf({ ground }: ProviderPorts, reads: Pick<ToldPersonReads, "findAccount">) {
  const { clock, database } = ground;
  const useStore = new ApplicationUseStore(database.knex);
  const isKnown = async (sub: string) => (await reads.findAccount(sub)) !== undefined;
  return {
    useStore,
    applicationUses: createApplicationUses({ clock, uses: useStore, isKnown }),
  };
}

function makeProvider(
  ports: ProviderPorts,
  made: ToldPersonReads &
    Pick<Parameters<typeof createProvider>[0], "jwks" | "opensBackoffice" | "noteUse">,
) {
  const { ground, web, clients, artifacts: kept } = ports;
  const { clock, random, logger, settings, besideOlder } = ground;
  const { artifacts } = kept;
  const reads = { ...made, artifactReads: readBesideOnce(artifacts, made, ground.fastLane) };
  const { findClient, startAgain, wayBack, resources, callClient, sectors } = clients;
  const secret = ground.secretFor("provider");
  return createProvider({
    countKept: countKeptBy(web.limits),
    ...{ clock, random, logger, artifacts, secret, resources, callClient, sectors, ...reads },
    // What is shown first is no answer: while the register only reads, single sign-on goes on without it.
    establishmentChosen: async (sub, siret) => {
      if (!ground.maintenance.fault()) await ports.establishments.choices.chosen(sub, siret);
    },
    clients: clients.clients,
    issuer: settings.issuer,
    cookieSignatures: web.cookieSignatures,
    accountFinder: createAccountFinder({ clock, ...reads }),
    pages: providerPages({ random, logger, besideOlder, findClient, startAgain, wayBack }),
  });
}
