import { serveJobs } from "../../src/accounts/worker-loop.ts";

/** A hashing thread that a password can kill: "die" ends it, "throw" fails its job. */
serveJobs(({ password }: { readonly password: string }) => {
  if (password === "die") process.exit(9);
  if (password === "throw") throw new Error("the job failed");
  return `hash of ${password.length} characters`;
});
