import { endWithReader, runCommandLine } from "./command-line/index.ts";
import { systemClock, systemRandom } from "./foundation/index.ts";
import { developmentSecrets, readSettings } from "./operations/index.ts";

endWithReader();

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
