import { runCommandLine } from "./command-line/index.ts";
import { systemClock, systemRandom } from "./foundation/index.ts";
import { developmentSecrets, readSettings } from "./operations/index.ts";

/** What shells say of a program that wrote where nobody reads any more (SIGPIPE): it was not read to its end. */
const nobodyReads = 128 + 13;

// `lopauth account list | head -1` is no fault, and has not told all either: a new secret may be what nobody read.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(nobodyReads);
});

// Who reads no errors does not end what is under way.
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** What `npm run -s lopauth -- COMMAND` runs. */
process.exitCode = await runCommandLine(process.argv.slice(2), {
  readSettings: () => readSettings(process.env, () => developmentSecrets("var", systemRandom)),
  terminal: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  },
  clock: systemClock,
  random: systemRandom,
});
