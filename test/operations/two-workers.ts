import cluster from "node:cluster";
import { createServer } from "node:http";
import { argv, pid } from "node:process";
import { createWorkers, tellListening } from "../../src/operations/index.ts";

/** A leader and its two workers that serve nothing; each tells of itself in a line of JSON. Its word: how often they beat, in ms. */
const everyMilliseconds = Number(argv[2]);
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

if (cluster.isPrimary) {
  const logger = { error: (fields: object, message: string) => tell({ ...fields, message }) };
  const pace = { shortestPauseMilliseconds: 10, everyMilliseconds };
  const workers = createWorkers({ count: 2, logger, ...pace });
  process.on("SIGTERM", () => void workers.stop());
  tell({ ended: await workers.start() });
} else {
  const server = createServer().listen(0, "127.0.0.1");
  process.on("SIGTERM", () => {
    server.close();
    process.disconnect();
  });
  tellListening(everyMilliseconds);
  tell({ worker: Number(process.env["LOPAUTH_WORKER"]), pid });
}
