import {
  type StartAgain,
  createAccountEndings,
  createAddressChanges,
  createAdministration,
  createInactivity,
  createOwnAccount,
  createPendingSignUps,
  createPasswordPolicy,
  createRecovery,
  createSignIn,
  createSignUps,
  createValidation,
} from "./accounts/index.ts";
import { apiResource, createIdempotency } from "./api/index.ts";
import { openArtifacts } from "./artifacts/index.ts";
import { openAudit } from "./audit/index.ts";
import {
  ClientDirectory,
  ClientRegistry,
  DynamicRegistration,
  readDeclarations,
  startAgainUrl,
} from "./clients/index.ts";
import { type Accesses, closedByDate, openEstablishments } from "./establishments/index.ts";
import { type EmailAddress } from "./foundation/index.ts";
import { type ClaimedTable, type Room, erased } from "./house/index.ts";
import { openMail } from "./mail/index.ts";
import { type RecordEvent, type Settings, createWords } from "./operations/index.ts";
import { openOutbox } from "./outbox/index.ts";
import {
  type Revocation,
  createClientCall,
  createLogoutNotices,
  createRevocation,
  createSessionExport,
  ownClient,
} from "./provider/index.ts";
import { openSecondFactors } from "./second-factors/index.ts";
import type { Transaction } from "./storage/index.ts";
import { type Surroundings, openPasswords, openStores, viewsFolder } from "./stores.ts";
import { openWebhooks } from "./webhooks/index.ts";

export { type Surroundings, viewsFolder } from "./stores.ts";

/** Every room, built once and wired; what the server, the jobs and the command line work with. */
export type Application = Awaited<ReturnType<typeof createApplication>>;

/**
 * The one place that knows every room: it builds each once and connects them. It opens the stores and
 * reads the declared clients; it neither listens nor starts a job (`server`), nor migrates.
 * @throws ConfigurationError when the declared clients have problems, all of them named
 */
export async function createApplication(settings: Settings, surroundings: Surroundings) {
  const { declared, resources } = await readDeclarations(settings, [apiResource(settings.issuer)]);
  const startAgain: StartAgain = (clientId, loginHint) =>
    startAgainUrl(clients.find(clientId ?? ""), {
      issuer: settings.issuer,
      portalUrl: settings.portalUrl,
      loginHint,
    });
  const stores = openStores(settings, surroundings);
  const { database, encryption } = stores;
  const { clock, random, logger } = surroundings;
  const rooms: Room[] = [];
  const open = <Acts>(room: Room<Acts>): Acts => {
    rooms.push(room);
    return room.acts;
  };
  const words = createWords(viewsFolder);
  const { artifacts, sessionsToExport } = open(
    openArtifacts({ databaseUrl: settings.databaseUrl, clock }),
  );
  const { audit, record } = open(openAudit({ ...surroundings, ...stores }));
  const outboxes = open(openOutbox({ database, encryption, clock, random, logger }));
  const { outbox } = open(
    openMail({ settings, random, words, viewsFolder, outbox: outboxes, record }),
  );
  const base = { ...stores, artifacts, audit, record };
  const { production, clientsFile } = settings;
  const clients = new ClientDirectory({
    ...surroundings,
    ...base,
    production,
    declared,
    own: [ownClient(settings.issuer, production)],
    clientsFile,
  });
  const logoutNotices = createLogoutNotices({
    ...outboxes,
    ...base,
    wantsNotice: (clientId) => clients.find(clientId)?.backchannel_logout_uri !== undefined,
  });
  const callAddress = createClientCall({ ...surroundings, privateHosts: settings.privateHosts });
  const { webhooks } = open(
    await openWebhooks({ settings, clock, random, logger, outbox: outboxes, record, callAddress }),
  );
  const revocation = createRevocation({ artifacts, clock, logoutNotices });
  const endings = createAccountEndings({
    ...surroundings,
    ...base,
    endAll: revocation.ofAccount,
    endVoid: revocation.ofVoidSessions,
  });
  const { onCredentialsChanged } = endings;
  const { secondFactors } = open(
    openSecondFactors({
      settings,
      ...surroundings,
      ...stores,
      enqueue: outbox.enqueue,
      onCredentialsChanged,
    }),
  );
  const secrets = { policy: createPasswordPolicy(), ...openPasswords(surroundings) };
  const parts = {
    ...surroundings,
    ...base,
    ...secrets,
    enqueue: outbox.enqueue,
    outbox,
    reportFault: (fault: unknown) =>
      surroundings.logger.error({ err: fault }, "an access change was not carried on"),
    issuer: settings.issuer,
    serviceUrl: settings.portalUrl,
    contactUrl: settings.contactUrl,
    onCredentialsChanged,
    eraseTraces: (transaction: Transaction, person: { sub: string; email: EmailAddress }) =>
      erased(tablesOf(rooms), transaction, person),
    secondFactors,
    disabledWithin: webhooks.accountDisabled,
    webhooks,
    logoutNotices,
    revocation,
    startAgain,
  };
  const establishments = openEstablishments({
    ...parts,
    written: webhooks.accessesChanged,
    directoryUrl: settings.directoryUrl,
  });
  revokeWhatCloses(establishments.accesses, parts);
  const { invitations, accessRequests } = establishments;
  sessionsToExport.answerBy(
    createSessionExport({
      artifacts,
      clock,
      findAccount: async (sub) => (await establishments.accesses.standing(sub))?.account,
      findClient: (clientId) => clients.find(clientId),
    }),
  );
  const whenValidated = invitations.claim.bind(invitations);
  const erasing = {
    ...parts,
    eraseTraces: async (
      transaction: Transaction,
      person: { readonly sub: string; readonly email: EmailAddress },
    ) => {
      await parts.eraseTraces(transaction, person);
      await invitations.erase(transaction, person);
      await accessRequests.erase(transaction, person);
    },
  };
  return {
    ...parts,
    rooms,
    settings,
    resources,
    words,
    clients,
    endings,
    clientRegistration: new DynamicRegistration({ ...parts, directory: clients, production }),
    clientRegistry: new ClientRegistry({ ...parts, directory: clients, production }),
    ...establishments,
    administration: createAdministration(erasing),
    inactivity: createInactivity(erasing),
    idempotency: createIdempotency(parts),
    ownAccount: createOwnAccount(parts),
    addressChange: createAddressChanges({
      ...parts,
      whenValidated,
      findAccount: async (sub) => (await establishments.accesses.standing(sub))?.account,
    }),
    signUpRequests: createSignUps(parts),
    validation: createValidation({
      ...parts,
      whenValidated,
    }),
    pendingSignUps: createPendingSignUps(parts),
    recovery: createRecovery(parts),
    signIn: createSignIn(parts),
    close: async () => {
      await Promise.all([secrets.queue.close(), secrets.policy.close()]);
      for (const room of rooms.toReversed()) await room.close();
      await database.close();
    },
  };
}

/** Every table of these rooms. */
export function tablesOf(rooms: readonly Room[]): ClaimedTable[] {
  return rooms.flatMap(({ tables }) => tables);
}

/** Closing is written in the register first; the artifacts follow, and a job repeats what failed. */
function revokeWhatCloses(
  accesses: Accesses,
  parts: { readonly revocation: Revocation; readonly record: RecordEvent },
): void {
  accesses.onAccessClosed(async (closed) => {
    for (const { id, sub, siret, closedBy } of closed) {
      await parts.revocation.ofEstablishment(sub, siret);
      await accesses.markRevoked(id);
      const actor = closedBy === closedByDate ? undefined : closedBy;
      const about = { subject: { sub }, actor, details: { siret } };
      await parts.record({ name: "access-closed", outcome: "accepted", ...about });
    }
  });
}
