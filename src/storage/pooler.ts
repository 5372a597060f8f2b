import type { PostgresClient } from "./postgres-client.ts";

/** How a pooler lends the server's processes to connections; `unknown`: it was not found out. */
export type PoolerMode = "session" | "transaction" | "statement" | "unknown";

/** So often two connections are compared: others may take a process between two looks. */
const looks = 5;

/**
 * Which mode a pooler is in, which it tells its administrators alone: it is seen by what two connections are given. In session
 * mode each keeps the process it has; else the second one is given that of the first, or the first another one than before.
 * @throws DatabaseFault when one of them is not answered
 */
export async function poolerMode(one: PostgresClient, other: PostgresClient): Promise<PoolerMode> {
  const kept = await one.serverProcess();
  for (let look = 0; look < looks; look += 1) {
    const theirs = await other.serverProcess();
    if (theirs === kept || (await one.serverProcess()) !== kept) return lentFor(other);
  }
  return "session";
}

/** In statement mode a transaction cannot even begin. */
async function lentFor(client: PostgresClient): Promise<PoolerMode> {
  return client.hasTransactions().then((has) => (has ? "transaction" : "statement"));
}
