/** The program of a hashing thread (`hashing-queue.ts`): synchronous argon2 calls, one at a time. */
import { hashSync, verifySync } from "@node-rs/argon2";
import type { HashingJob } from "./hashing-queue.ts";
import { serveJobs } from "./worker-loop.ts";

serveJobs((job: HashingJob): string | boolean => {
  if ("stored" in job) return verifySync(job.stored, job.password);
  const { memoryKib, passes, lanes } = job.parameters;
  // The library's default algorithm and version are the ones we want: argon2id, 1.3.
  return hashSync(job.password, { memoryCost: memoryKib, timeCost: passes, parallelism: lanes });
});
