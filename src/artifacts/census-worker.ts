/** The program of the thread that counts the artifacts' file (`census.ts`), on a connection that only reads. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const database = new DatabaseSync(workerData as string, { readOnly: true });
const census =
  "SELECT model, count(*) AS count, min(expires_at) AS oldest FROM artifacts GROUP BY model";
parentPort?.postMessage(database.prepare(census).all());
database.close();
