import type { ClientMetadata } from "../clients/index.ts";
import { createAccountFinder } from "./account-finder.ts";
import { ApplicationUseStore } from "./application-use-store.ts";
import { createApplicationUses } from "./application-uses.ts";
import { Joined } from "../foundation/index.ts";
import {
  type SessionsEndedWithin,
  createLogoutNotices,
  tellByNotices,
  tellOfDestroyed,
} from "./back-channel-logout.ts";
import { createClaimsPreview, subjectFor } from "./claims-preview.ts";
import { createGrantedApplications } from "./granted-applications.ts";
import { readBesideOnce } from "./grant-reads.ts";
import { createHoldings } from "./holdings.ts";
import { countKeptBy } from "./kept-requests.ts";
import { type ServedLibrary, createLibrary } from "./library.ts";
import { createCurrentSession, createOwnSessions, createSessionExport } from "./own-sessions.ts";
import { providerPages } from "./provider-pages.ts";
import type { ProviderPorts } from "./provider-ports.ts";
import { createProgramTokens } from "./program-tokens.ts";
import { createProvider } from "./provider.ts";
import { type PersonReads, readOncePerRequest } from "./request-reads.ts";
import { createRevocation } from "./revocation.ts";
import { createSignOut } from "./sign-out.ts";
import { SigningKeyStore } from "./signing-key-store.ts";

/** What other rooms ask of the provider. */
export type ProviderActs = ReturnType<typeof createProviderActs>;

/** Builds the acts on the artifacts and the signing keys, and answers what lower rooms ask. */
export function createProviderActs(ports: ProviderPorts) {
  const { ground, record, artifacts: kept, outbox, clients, establishments } = ports;
  const { database, clock, random, logger, encryption } = ground;
  const { artifacts } = kept;
  const keyStore = new SigningKeyStore(database.knex);
  const sessionsEndedWithin: SessionsEndedWithin = new Joined();
  const logoutNotices = createLogoutNotices({
    ...{ openChannel: outbox.openChannel, database, record },
    endedWithin: sessionsEndedWithin,
    wantsNotice: (clientId) => clients.findClient(clientId)?.backchannel_logout_uri !== undefined,
  });
  const revocation = createRevocation({ artifacts, clock, logoutNotices });
  const reads = readOncePerRequest((sub) => establishments.accesses.standing(sub));
  const useStore = new ApplicationUseStore(database.knex);
  const isKnown = async (sub: string) => (await reads.findAccount(sub)) !== undefined;
  const applicationUses = createApplicationUses({ clock, uses: useStore, isKnown });
  const shared = { ...reads, artifacts, clock, random, logger, keyStore, encryption, revocation };
  const library: ServedLibrary = createLibrary(shared, (jwks) => {
    const { opens: opensBackoffice } = ports.secondFactors.secondFactors.staff;
    const provider = makeProvider(ports, {
      ...{ ...reads, opensBackoffice, jwks, noteUse: applicationUses.note },
    });
    tellByNotices(provider, logoutNotices);
    tellOfDestroyed(provider, logoutNotices);
    return provider;
  });
  const { findClient } = clients;
  return {
    ...{ applicationUses, useStore },
    applications: createGrantedApplications({ ...shared, uses: useStore, findClient }),
    ...{ keyStore, revocation, logoutNotices, library, sessionsEndedWithin },
    findProgramToken: createProgramTokens(library),
    subjectAt: (client: ClientMetadata, sub: string) =>
      subjectFor(client, sub, ground.secretFor("provider")),
    ...reads,
    signOut: createSignOut({ library, artifacts, revocation }),
    currentSession: createCurrentSession({ ...shared, findClient, library }),
    sessions: createOwnSessions({ ...shared, findClient, library }),
    exportSessions: createSessionExport({ ...shared, findClient }),
    holdings: createHoldings(artifacts),
    previewClaims: createClaimsPreview(ground.secretFor("provider")),
  };
}

function makeProvider(
  ports: ProviderPorts,
  made: PersonReads &
    Pick<Parameters<typeof createProvider>[0], "jwks" | "opensBackoffice" | "noteUse">,
) {
  const { ground, web, clients, artifacts: kept } = ports;
  const { clock, random, logger, settings, besideOlder } = ground;
  const { artifacts } = kept;
  const reads = { ...made, artifactReads: readBesideOnce(artifacts) };
  const { findClient, startAgain, resources, callClient, sectors } = clients;
  const secret = ground.secretFor("provider");
  return createProvider({
    countKept: countKeptBy(web.limits),
    ...{ clock, random, logger, artifacts, secret, resources, callClient, sectors, ...reads },
    establishmentChosen: (sub, siret) => ports.establishments.choices.chosen(sub, siret),
    clients: clients.clients,
    issuer: settings.issuer,
    cookieSignatures: web.cookieSignatures,
    accountFinder: createAccountFinder({ clock, ...reads }),
    pages: providerPages({ random, logger, besideOlder, findClient, startAgain }),
  });
}
