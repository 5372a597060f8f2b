/** The program of the checkpoint thread (`checkpoints.ts`): a connection of its own that writes nothing new. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const database = new DatabaseSync(workerData as string);
database.exec("PRAGMA synchronous = NORMAL");

parentPort?.on("message", () => {
  // PASSIVE waits for nobody and holds nobody up; what fails here fails for the writer too, who says so.
  try {
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } finally {
    parentPort?.postMessage("done");
  }
});
