/** The program of a thread that reads one list (`access-list-file.ts`), below the priority of what answers requests. */
import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { type ListJob, readListFileHere } from "./access-list-file.ts";

const workerPriority = 10;

// On Linux priority 0 is the calling thread's own; elsewhere it would slow the whole process down.
if (process.platform === "linux" && getPriority(0) < workerPriority) setPriority(0, workerPriority);
parentPort?.postMessage(await readListFileHere(workerData as ListJob));
