/**
 * `node bench/run-through.ts`: how many files and functions of ours a sign-in, a refresh and the opening of an access run
 * through, by V8's own count of calls. What reads well is short; the table of `docs/decisions.md` 394 keeps the figures.
 */
import { Session } from "node:inspector/promises";
import { BrowserAgent } from "../test/support/browser-agent.ts";
import { databases } from "../test/support/databases.ts";
import { newPerson, sirets } from "../test/support/person.ts";
import { newColleague } from "../test/support/staff.ts";
import { startTestProvider } from "../test/support/test-provider.ts";

interface Ran {
  readonly files: number;
  readonly functions: number;
}

const source = new URL("../src/", import.meta.url).href;
const [sqlite] = databases;
if (!sqlite) throw new Error("no database is at hand");
const inspector = new Session();
inspector.connect();
await inspector.post("Profiler.enable");
const provider = await startTestProvider(sqlite, { environment: { JOBS: "off" } });
const party = provider.party("portal");

/** A run before the one that counts: what is done once a process is not the act. */
async function measured(act: (nth: number) => Promise<void>): Promise<Ran> {
  await act(0);
  await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await inspector.post("Profiler.takePreciseCoverage");
  await act(1);
  const { result } = await inspector.post("Profiler.takePreciseCoverage");
  await inspector.post("Profiler.stopPreciseCoverage");
  const ran = result
    .filter(({ url }) => url.startsWith(source) && !url.includes("/portal/"))
    .map(({ url, functions }) => ({
      url,
      functions: functions.filter(
        ({ functionName, ranges }) =>
          (ranges[0]?.count ?? 0) > 0 && !(functionName === "" && ranges[0]?.startOffset === 0),
      ),
    }))
    .filter(({ functions }) => functions.length > 0);
  if (process.argv.includes("--names")) {
    for (const { url, functions } of ran) {
      const names = functions.map(({ functionName }) => functionName || "(unnamed)");
      process.stdout.write(`  ${url.slice(source.length)}: ${names.join(" ")}\n`);
    }
  }
  return {
    files: ran.length,
    functions: ran.reduce((sum, { functions }) => sum + functions.length, 0),
  };
}

const people = [await newPerson(provider, sirets[0]), await newPerson(provider, sirets[0])];
const person = (nth: number) => {
  const found = people[nth];
  if (!found) throw new Error("two people are enough");
  return found;
};
const refreshTokens: string[] = [];
for (const nth of [0, 1]) {
  const login = await party.login(person(nth).browser);
  await person(nth).signIn();
  refreshTokens[nth] = (await login.signedIn()).tokens.refresh_token ?? "";
}
const [first, second] = await Promise.all(
  people.map(async () => {
    const browser = new BrowserAgent({ stopBefore: [party.origin] });
    await party.login(browser);
    return browser;
  }),
);
const staff = await newColleague(provider, "agent");

const table = {
  /** From the form to the code that leads back to the relying party. */
  "sign-in": await measured((nth) => person(nth).signIn(nth === 0 ? first : second)),
  refresh: await measured(async (nth) => {
    await party.refresh(refreshTokens[nth] ?? "");
  }),
  /** As staff do it, from the form to the page after it. */
  "access opening": await measured(async (nth) => {
    const opening = { siret_list: "", sirets: sirets[1], reason: "r", until: "" };
    await staff.post(`/admin/accounts/${person(nth).sub}/open`, opening);
  }),
};
for (const [act, { files, functions }] of Object.entries(table)) {
  process.stdout.write(`${act.padEnd(16)} ${files} files, ${functions} functions\n`);
}
await provider.stop();
process.exit();
