import type { Clock } from "../foundation/index.ts";
import { type Settings, silentLogger } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import { ClientDirectory } from "./client-directory.ts";
import { readDeclaredClients } from "./declared-clients.ts";

/**
 * That no declared client is registered, too. Reads alone; of a file of clients that is not right nothing is said here.
 * @throws ConfigurationError
 */
export async function proveUnclashed(
  database: Database,
  clock: Clock,
  settings: Pick<Settings, "clientsFile" | "placeholder" | "production">,
): Promise<void> {
  const { clients: declared } = await readDeclaredClients(settings.clientsFile, settings);
  if (!declared) return;
  const { production, clientsFile } = settings;
  const parts = { database, clock, production, declared, clientsFile };
  await new ClientDirectory({ ...parts, logger: silentLogger }).open();
}
