/**
 * The cost of a client look-up: what stands between `client_id` and the library's client, which every
 * request of an endpoint asks for, beside the library's own static clients. In this process, no HTTP.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import {
  ClientDirectory,
  type ClientMetadata,
  ourMetadataNames,
  validateClients,
} from "../src/clients/index.ts";
import { systemClock } from "../src/foundation/index.ts";
import { createLogger } from "../src/operations/index.ts";
import { clientAdapter, keepClients } from "../src/provider/client-adapter.ts";
import { openDatabase } from "../src/storage/index.ts";
import { median } from "./measure.ts";

/** Microseconds a look-up, by what is asked. */
export interface LookupCost {
  readonly clients: number;
  /** Our memory alone. */
  readonly directory: number;
  /** What the library is given: a fresh plain object. */
  readonly adapter: number;
  /** The library's client made of it by the library alone. */
  readonly library: number;
  /** The same, kept by `keepClients`: what a request pays. */
  readonly kept: number;
  /** The same with the library's static clients. */
  readonly staticClients: number;
  /** The comparison of a secret, by digest. */
  readonly secret: number;
}

const rounds = 5;
const perRound = 20_000;
const secret = "a-secret-of-the-benchmark-of-client-look-ups";
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = privateKey.export({ format: "jwk" });

/** Measures with this many clients, asked one after the other: the library keeps 100 instances. */
export async function measureClientLookup(count: number): Promise<LookupCost> {
  const declared = someClients(count);
  // An empty one: all that is asked is declared.
  const folder = mkdtempSync(join(tmpdir(), "lopauth-bench-"));
  const database = openDatabase(`sqlite:${join(folder, "auth.sqlite3")}`);
  const directory = new ClientDirectory({
    database,
    clock: systemClock,
    logger: createLogger({ level: "silent", format: "json", clock: systemClock }),
    production: true,
    declared,
    clientsFile: "clients.json",
  });
  const adapter = clientAdapter(directory, {
    unusedSecret: "never presented by any client at all",
    scopes: new Set(["openid"]),
  });
  const ours = libraryWith({ adapter: () => adapter });
  const kept = libraryWith({ adapter: () => adapter });
  keepClients(kept, directory, { problem: () => Promise.resolve(undefined) });
  const bare = libraryWith({ clients: declared.map((client) => ({ ...client })) });
  const ids = declared.map(({ client_id }) => client_id);
  const cost = {
    clients: count,
    directory: await microseconds(ids, (id) => directory.find(id)),
    adapter: await microseconds(ids, (id) => adapter.find(id)),
    library: await microseconds(ids, (id) => ours.Client.find(id)),
    kept: await microseconds(ids, (id) => kept.Client.find(id)),
    staticClients: await microseconds(ids, (id) => bare.Client.find(id)),
    secret: await microseconds(ids, (id) => directory.secretMatches(id, secret)),
  };
  await database.close();
  rmSync(folder, { recursive: true });
  return cost;
}

async function microseconds(ids: readonly string[], ask: (id: string) => unknown): Promise<number> {
  const each: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const startedAt = performance.now();
    for (let index = 0; index < perRound; index++) {
      if (!(await ask(ids[index % ids.length] ?? ""))) throw new Error("a client is not found");
    }
    // The first round warms up.
    if (round > 0) each.push(((performance.now() - startedAt) * 1000) / perRound);
  }
  return median(each);
}

function someClients(count: number): readonly ClientMetadata[] {
  const metadata = Array.from({ length: count }, (_, index) => ({
    client_id: `client-${index}`,
    client_secret: secret,
    client_name: `Service ${index}`,
    redirect_uris: [`https://rp-${index}.example/callback`],
    post_logout_redirect_uris: [`https://rp-${index}.example/`],
    grant_types: ["authorization_code", "refresh_token"],
    scope: "openid profile email siret",
  }));
  const { clients } = validateClients("bench", metadata, { production: true, firstParty: true });
  if (!clients) throw new Error("the clients of the benchmark are not valid");
  return clients;
}

function libraryWith(configuration: object): Provider {
  return new Provider("https://auth.example", {
    jwks: { keys: [{ ...jwk, alg: "RS256", use: "sig" }] },
    cookies: { keys: ["a key of the benchmark"] },
    scopes: ["openid", "profile", "email", "siret", "offline_access"],
    responseTypes: ["code"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    enabledJWA: { clientAuthSigningAlgValues: ["ES256"] },
    extraClientMetadata: { properties: [...ourMetadataNames] },
    features: { devInteractions: { enabled: false } },
    ...configuration,
  });
}

if (import.meta.main) {
  for (const count of [1, 100, 1000]) {
    const cost = await measureClientLookup(count);
    process.stdout.write(`${JSON.stringify({ workload: "client-lookup", ...cost })}\n`);
  }
}
