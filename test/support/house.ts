import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "../../src/accounts/index.ts";
import { type Application, createApplication } from "../../src/application.ts";
import { type EmailAddress, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import type { DatabaseKind } from "./databases.ts";
import { testEncryptionKey, withSigningKeys } from "./signing-keys.ts";

/** Every room open on a database of its own, and nothing that runs by itself: no server, no job. */
export interface TestHouse {
  readonly application: Application;
  /** One run of the job of this name. */
  readonly runJob: (name: string) => Promise<void>;
  /** Makes a validated account; nobody can sign in to it without a hash of a password. */
  readonly addAccount: (
    email: string,
    about?: { readonly [Each in "givenName" | "familyName" | "passwordHash"]?: string },
  ) => Promise<Account>;
  readonly drop: () => Promise<void>;
}

/** Opens one. */
export async function openHouse(kind: DatabaseKind): Promise<TestHouse> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-house-"));
  const database = await kind.create(withSigningKeys);
  const clientsFile = join(folder, "clients.json");
  writeFileSync(clientsFile, "[]");
  const settings = readSettings(
    {
      ISSUER: "http://localhost:1",
      DATABASE_URL: database.url,
      SMTP_URL: "smtp://127.0.0.1:9",
      CLIENTS_FILE: clientsFile,
      COOKIE_KEYS: systemRandom.secret(),
      ENCRYPTION_KEYS: testEncryptionKey,
    },
    () => ({}),
  );
  const surroundings = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const application = await createApplication(settings, surroundings, { migrate: true });
  await application.start();
  return {
    application,
    runJob: async (name) => {
      const job = application.jobs().find((each) => each.name === name);
      if (!job) throw new Error(`no job ${name}`);
      await job.run(new AbortController().signal);
    },
    addAccount: async (typed, about) => {
      const email = typed as EmailAddress;
      const identity = { email, givenName: "Jeanne", familyName: "Durand", locale: "fr" } as const;
      const made = { ...identity, passwordHash: "-", clientId: undefined, ...about };
      const { accounts, random, clock } = application;
      await accounts.insert({ ...made, sub: random.identifier() }, clock.epochSeconds());
      const found = await application.administration.find(email);
      if (!found.accepted) throw new Error(`no account ${email}`);
      return found.value;
    },
    drop: async () => {
      await application.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
