/**
 * What artifacts take in a Redis: `node test/long/redis-memory.ts [PEOPLE]`. So many people sign in, each at one client, and get their
 * tokens from a whole provider; then every key is weighed (`MEMORY USAGE`), and the server's own figure is divided by people.
 */
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { startRedis } from "../support/redis-servers.ts";
import { startTestProvider } from "../support/test-provider.ts";

const people = Number(process.argv[2] ?? 200);

const redis = await startRedis();
const [register] = databases;
if (!register) throw new Error("there is always SQLite");
const provider = await startTestProvider(register, {
  clients: { portal: { establishment_required: true } },
  environment: { ARTIFACTS_URL: redis.url },
});
const portal = plainClient(provider, "portal");
const used = () =>
  redis.node.ask(async (each) =>
    Number(/used_memory_dataset:(\d+)/.exec(await each.info("memory"))?.[1]),
  );
try {
  await signIn();
  const before = await used();
  for (let index = 0; index < people; index += 1) await signIn();
  const each = ((await used()) - before) / people;
  process.stdout.write(`${"a person who signed in once".padEnd(36)} ${each.toFixed(0)} bytes\n`);
  for (const [kind, { bytes, keys }] of await weighed()) {
    const line = `${kind.padEnd(36)} ${(bytes / keys).toFixed(0)} bytes a key, ${keys} keys`;
    process.stdout.write(`${line}, ${(bytes / (people + 1)).toFixed(0)} bytes a person\n`);
  }
} finally {
  await provider.stop();
  await redis.remove();
}

/** With an establishment, and every token that there is. */
async function signIn(): Promise<void> {
  const person = await newPerson(provider, sirets[0]);
  const browser = new BrowserAgent({ stopBefore: [new URL(portal.redirectUri).origin] });
  const scope = "openid profile email siret";
  const code = await portal.code(browser, { scope }, () => person.signIn(browser));
  const { status } = await portal.redeem(code);
  if (status !== 200) throw new Error(`a code gave ${status}`);
}

/** By what stands before the colon of their names. */
function weighed(): Promise<[kind: string, { bytes: number; keys: number }][]> {
  return redis.node.ask(async (each) => {
    const kinds = new Map<string, { bytes: number; keys: number }>();
    for (const key of await each.keys("*")) {
      const kind = key.split(":")[0] ?? "";
      const sum = kinds.get(kind) ?? { bytes: 0, keys: 0 };
      const bytes = sum.bytes + ((await each.memory("USAGE", key, "SAMPLES", 0)) ?? 0);
      kinds.set(kind, { bytes, keys: sum.keys + 1 });
    }
    return [...kinds].sort(([one], [other]) => one.localeCompare(other));
  });
}
