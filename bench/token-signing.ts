import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "../src/foundation/index.ts";
import { createLogger, readSettings } from "../src/operations/index.ts";
import { startServer } from "../src/server.ts";
import { freePort } from "./processes.ts";
import { preparePlace } from "./provider-settings.ts";

const algorithms = ["RS256", "PS256", "ES256", "EdDSA"] as const;

/** What one token costs, in milliseconds of CPU, request and answer included: the client asks from the same process. */
export type TokenCost = Readonly<Record<"opaque" | (typeof algorithms)[number], number>>;

const rounds = 5;
const perRound = 200;
const secret = "a secret of the benchmark, long enough";

/**
 * The client credentials grant for an opaque token, and for a JWT by each algorithm: the difference is the signature, less the
 * row that an opaque token is kept in.
 */
export async function measureTokens(databaseUrl: string | undefined): Promise<TokenCost> {
  const port = await freePort();
  const place = await preparePlace(databaseUrl, port);
  declareMachine(place.folder);
  const logger = createLogger({ level: "warn", format: "json", clock: systemClock });
  const settings = readSettings(place.env, () => ({}));
  const server = await startServer(settings, { clock: systemClock, random: systemRandom, logger });
  try {
    const cost = { opaque: await costOf(settings.issuer, undefined) };
    for (const alg of algorithms)
      Object.assign(cost, { [alg]: await costOf(settings.issuer, alg) });
    return cost as TokenCost;
  } finally {
    await server.stop();
    await place.remove();
  }
}

function declareMachine(folder: string): void {
  const machine = {
    client_id: "machine",
    client_secret: secret,
    grant_types: ["client_credentials"],
    response_types: [],
    token_endpoint_auth_method: "client_secret_post",
    scope: "bench:read",
  };
  const resources = algorithms.map((alg) => ({
    resource: `https://api.example/${alg}`,
    name: alg,
    scope: "bench:read",
    access_token_signing_alg: alg,
  }));
  writeFileSync(join(folder, "clients.json"), JSON.stringify([machine]));
  writeFileSync(join(folder, "resources.json"), JSON.stringify(resources));
}

/** The median of some rounds; the first warms up. */
async function costOf(issuer: string, alg: string | undefined): Promise<number> {
  const each: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < perRound; index++) await askToken(issuer, alg);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) each.push((user + system) / 1000 / perRound);
  }
  return each.sort((left, right) => left - right)[Math.floor(rounds / 2)] ?? Number.NaN;
}

async function askToken(issuer: string, alg: string | undefined): Promise<void> {
  const resource = alg === undefined ? {} : { resource: `https://api.example/${alg}` };
  const scope = alg === undefined ? {} : { scope: "bench:read" };
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "machine",
      client_secret: secret,
      ...resource,
      ...scope,
    }),
  });
  const { access_token: token = "" } = (await answer.json()) as { access_token?: string };
  if (token.split(".").length !== (alg === undefined ? 1 : 3)) {
    throw new Error(`no token by ${alg ?? "nothing"}: ${answer.status}`);
  }
}

if (import.meta.main) {
  const cost = await measureTokens(process.env["DATABASE_URL"]);
  process.stdout.write(`${JSON.stringify({ workload: "tokens", ...cost })}\n`);
}
