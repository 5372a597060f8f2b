import { openAccounts } from "./accounts/index.ts";
import { apiResource, openApi } from "./api/index.ts";
import { openArtifacts } from "./artifacts/index.ts";
import { anchorAtMigration, openAudit } from "./audit/index.ts";
import { openBackoffice } from "./backoffice/index.ts";
import { openClients } from "./clients/index.ts";
import { openEstablishments, standingOfHolder } from "./establishments/index.ts";
import { type Ground, type RoomList, type Surroundings, openHouse } from "./house/index.ts";
import { openMail } from "./mail/index.ts";
import type { Settings } from "./operations/index.ts";
import { openOrganisations } from "./organisations/index.ts";
import { openOutbox } from "./outbox/index.ts";
import { openProvider, ownClient } from "./provider/index.ts";
import { openSecondFactors } from "./second-factors/index.ts";
import { openSignals, signalsResource } from "./signals/index.ts";
import { openWeb } from "./web/index.ts";
import { openWebhooks } from "./webhooks/index.ts";

/** Every room, opened once; what the server, the jobs and the command line work with. */
export type Application = Awaited<ReturnType<typeof createApplication>>;

/**
 * The one place that knows every room: it opens each once, the lowest first, and gives it by name what it stands on.
 * Nothing is listened to or started here (`server`).
 * @param options.migrate whether pending migrations are applied first
 * @throws SchemaError when the register is not one that this build may work on
 * @throws ConfigurationError when the declared clients have problems, all of them named
 */
export function createApplication(
  settings: Settings,
  surroundings: Surroundings,
  options: { readonly migrate: boolean } = { migrate: false },
) {
  return openHouse({ settings, surroundings, ...options, after: anchorAtMigration }, openRooms);
}

/** Our own pages are a client, and our own APIs resource servers, without being declared. */
export function ownDeclarations({ issuer, production, signals: isHeard }: Settings) {
  return {
    own: [ownClient(issuer, production)],
    resources: [apiResource(issuer), ...(isHeard ? [signalsResource(issuer)] : [])],
  };
}

async function openRooms(ground: Ground, { open, personalData, eventNames }: RoomList) {
  const artifacts = open(await openArtifacts({ ground, ofHolder: standingOfHolder }));
  const audit = open(openAudit({ ground }));
  const { record, recordWithin, recordSoon } = audit;
  const recording = { record, recordWithin, recordSoon };
  const outbox = open(openOutbox({ ground, ...recording }));
  const { waiting } = outbox;
  const mail = open(openMail({ ground, outbox, recordSoon }));
  const web = open(openWeb({ ground }));
  const clients = open(
    await openClients({ ground, ...recording, web, ...ownDeclarations(ground.settings) }),
  );
  const low = { ground, ...audit, mail: mail.outbox, web };
  const accounts = open(openAccounts({ ...low, clients, personalData }));
  const secondFactors = open(openSecondFactors({ ...low, accounts }));
  const establishments = open(openEstablishments({ ...low, accounts }));
  const organisations = open(openOrganisations({ ...low, accounts, establishments }));
  const people = { accounts, secondFactors, establishments };
  const below = { ground, ...recording, artifacts, outbox, web, clients, ...people };
  const provider = open(openProvider(below));
  const webhooks = open(await openWebhooks({ ...below, callClient: clients.callClient }));
  const signals = open(openSignals({ ...below, provider }));
  const api = open(openApi({ ...below, mail, provider }));
  const backoffice = open(
    openBackoffice({ ...below, eventNames, audit, mail, organisations, provider, signals }),
  );
  return {
    ...{ ...artifacts, ...audit, waiting, ...mail, ...web, ...clients, ...accounts },
    ...{ ...secondFactors, ...establishments, ...organisations, ...provider },
    ...{ ...webhooks, ...signals, ...api, ...backoffice },
  };
}
