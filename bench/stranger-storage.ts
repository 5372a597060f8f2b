/**
 * What a stranger can have us write in an hour from one address: `TEST_DATABASE_URL=… node bench/stranger-storage.ts`. Each
 * way in is asked some hundred times with as much as it takes; what the database grows by a request, times how often the
 * limits let one through in an hour, is what that way writes at most. The limits of the README's defaults. One JSON line a way.
 */
import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { systemClock, systemRandom } from "../src/foundation/index.ts";
import { readSettings, silentLogger } from "../src/operations/index.ts";
import { startServer } from "../src/server.ts";

const folder = mkdtempSync(join(tmpdir(), "lopauth-storage-"));
const key = () => randomBytes(32).toString("base64url");
const port = 20_000 + Math.floor(Math.random() * 20_000);
const issuer = `http://localhost:${port}`;
const callback = "http://localhost/callback";
const client = { client_id: "bench", client_secret: key(), redirect_uris: [callback] };
const clientsFile = join(folder, "clients.json");
writeFileSync(clientsFile, JSON.stringify([{ ...client, client_name: "Bench" }]));
const settings = readSettings(
  {
    ...{ PORT: String(port), ISSUER: issuer, CLIENTS_FILE: clientsFile, PORTAL_URL: callback },
    DATABASE_URL: process.env["TEST_DATABASE_URL"] ?? `sqlite:${join(folder, "auth.sqlite3")}`,
    ...{ COOKIE_KEYS: key(), ENCRYPTION_KEYS: key(), SMTP_URL: "smtp://127.0.0.1:9" },
    // Only what is asked is measured: the limits are counted with, below.
    ...{ SIGN_UPS_PER_ADDRESS_PER_HOUR: "1000000", SIGN_INS_PER_ADDRESS_PER_MINUTE: "1000000" },
  },
  () => ({}),
);
const surroundings = { clock: systemClock, random: systemRandom, logger: silentLogger };
const server = await startServer(settings, { ...surroundings, comparesClocks: false });
const { knex } = server.application.database;

/** Bytes of every file of SQLite, or of the database of PostgreSQL with its indexes. */
async function written(): Promise<number> {
  if (process.env["TEST_DATABASE_URL"]) {
    const answer = await knex.raw<{ readonly rows: readonly { readonly size: string }[] }>(
      "SELECT pg_database_size(current_database()) AS size",
    );
    return Number(answer.rows[0]?.size);
  }
  return readdirSync(folder)
    .filter((name) => name.includes("sqlite3"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

const many = 400;
let number = 0;
const sent = (path: string, fields: Readonly<Record<string, string>>) =>
  fetch(issuer + path, {
    method: "POST",
    redirect: "manual",
    headers: { origin: issuer },
    body: new URLSearchParams(fields),
  });
/** By chance: PostgreSQL keeps what repeats itself in a few bytes. */
const heavy = (characters: number) =>
  randomBytes(characters).toString("base64url").slice(0, characters);
const request = { client_id: "bench", response_type: "code", redirect_uri: callback };
const asked = (characters: number) => ({
  ...{ ...request, scope: "openid", code_challenge: "c".repeat(43) },
  ...{ code_challenge_method: "S256", nonce: heavy(characters) },
});
const name = () => `inconnu.${(number += 1)}@exemple.fr`;
const password = "cheval-pile-agrafe-correct";
const signUp = () => {
  const email = name();
  const typed = { email, email_confirmation: email, given_name: "x".repeat(60) };
  return { ...typed, password, password_confirmation: password, family_name: "y".repeat(60) };
};
/** Each way, with how many requests of this weight an hour lets through by its limit. */
const ways: Readonly<Record<string, readonly [perHour: number, ask: () => Promise<Response>]>> = {
  // 24 MB by 17 kB; the sign-outs share that count.
  "interactions of 16 kB": [
    (24 * 1024) / 17,
    () =>
      fetch(`${issuer}/auth?${new URLSearchParams(asked(15_800)).toString()}`, {
        redirect: "manual",
      }),
  ],
  "posted requests of 60 kB": [(12 * 1024) / 60, () => sent("/auth", asked(60_000))],
  "sign-ups": [60, () => sent("/signup", signUp())],
  recoveries: [60, () => sent("/recovery", { email: name() })],
  "passwords judged": [
    120 * 60,
    () => sent("/signup", { ...signUp(), given_name: "", password: "motdepasse123" }),
  ],
};
let total = 0;
for (const [way, [perHour, ask]] of Object.entries(ways)) {
  const before = await written();
  for (let count = 0; count < many; count += 20)
    await Promise.all(
      Array.from({ length: 20 }, async () => (await (await ask()).arrayBuffer()).byteLength),
    );
  const bytesEach = Math.round(((await written()) - before) / many);
  const megabytesAnHour = (bytesEach * perHour) / 1024 / 1024;
  total += megabytesAnHour;
  console.log(JSON.stringify({ way, bytesEach, perHour: Math.round(perHour), megabytesAnHour }));
}
console.log(JSON.stringify({ way: "all of them", megabytesAnHour: total }));
await server.stop();
