import { openAccounts } from "./accounts/index.ts";
import { apiResource, openApi } from "./api/index.ts";
import { openArtifacts } from "./artifacts/index.ts";
import { anchorAtMigration, openAudit } from "./audit/index.ts";
import { openBackoffice } from "./backoffice/index.ts";
import { openClients } from "./clients/index.ts";
import { openEstablishments } from "./establishments/index.ts";
import {
  type Ground,
  type RoomList,
  type Surroundings,
  groundRoom,
  layGround,
  roomList,
} from "./house/index.ts";
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
export async function createApplication(
  settings: Settings,
  surroundings: Surroundings,
  options: { readonly migrate: boolean } = { migrate: false },
) {
  const ground = await layGround(settings, surroundings, { ...options, after: anchorAtMigration });
  const list = roomList(ground);
  list.open(groundRoom(ground, list));
  try {
    return await openRooms(ground, list);
  } catch (error) {
    await list.close();
    throw error;
  }
}

async function openRooms(ground: Ground, { open, ...rooms }: RoomList) {
  const { settings } = ground;
  const { personalData } = rooms;
  const { issuer, production } = settings;
  const artifacts = open(openArtifacts({ ground }));
  const audit = open(openAudit({ ground }));
  const { record, recordWithin } = audit;
  const outbox = open(openOutbox({ ground }));
  const mail = open(openMail({ ground, outbox, record }));
  const web = open(openWeb({ ground }));
  const own = [ownClient(issuer, production)];
  const resources = [apiResource(issuer), ...(settings.signals ? [signalsResource(issuer)] : [])];
  const clients = open(await openClients({ ground, record, web, own, resources }));
  const accounts = open(
    openAccounts({ ground, ...audit, mail: mail.outbox, web, clients, personalData }),
  );
  const secondFactors = open(
    openSecondFactors({ ground, record, mail: mail.outbox, web, accounts }),
  );
  const establishments = open(
    openEstablishments({ ground, record, recordWithin, mail: mail.outbox, web, accounts }),
  );
  const organisations = open(
    openOrganisations({ ground, record, mail: mail.outbox, web, accounts, establishments }),
  );
  const lower = { ground, record, artifacts, outbox, web, clients, accounts };
  const provider = open(openProvider({ ...lower, secondFactors, establishments }));
  const { callClient } = clients;
  const webhooks = open(
    await openWebhooks({ ground, outbox, record, callClient, accounts, establishments }),
  );
  const signals = open(openSignals({ ...lower, secondFactors, establishments, provider }));
  const api = open(openApi({ ...lower, mail, establishments, provider }));
  const lowest = { ground, audit, outbox, mail, clients, accounts };
  const backoffice = open(
    openBackoffice({
      ...{ ...lowest, secondFactors, establishments, organisations, provider, signals },
    }),
  );
  const { waiting } = outbox;
  const acts = { ...artifacts, ...audit, waiting, ...mail, ...web, ...clients, ...accounts };
  const above = {
    ...secondFactors,
    ...establishments,
    ...organisations,
    ...provider,
    ...webhooks,
    ...signals,
    ...api,
    ...backoffice,
  };
  return { ...ground, ...acts, ...above, ...rooms };
}
