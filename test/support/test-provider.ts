import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { type FastLane, fastLane, plainLane } from "../../src/fast-lane/fast-lane.ts";
import { parseEmailAddress, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { parseSiret } from "../../src/establishments/index.ts";
import { createLogger, readSettings } from "../../src/operations/index.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import type { DatabaseKind } from "./databases.ts";
import { freePort } from "./free-port.ts";
import { undocumentedFields } from "./log-fields.ts";
import { type RelyingParty, startRelyingParty } from "./relying-party.ts";
import { testEncryptionKey, withSigningKeys } from "./signing-keys.ts";
import { type SmtpTestServer, startSmtp } from "./smtp.ts";

/** A whole provider on loopback with its database, mail server and one relying party a client. */
export interface TestProvider {
  readonly issuer: string;
  readonly server: RunningServer;
  readonly application: RunningServer["application"];
  readonly smtp: SmtpTestServer;
  readonly databaseUrl: string;
  /** The secret of every confidential client. */
  readonly clientSecret: string;
  /** Every line that was logged until now. */
  readonly log: string[];
  /** The relying party of a client of {@link TestClients}. */
  readonly party: (clientId: string) => RelyingParty;
  /** Makes a validated account without its journey. */
  readonly addAccount: (
    email: string,
    options?: AccountOptions,
  ) => Promise<{ sub: string; id: number }>;
  readonly openAccess: (email: string, ...sirets: string[]) => Promise<void>;
  readonly closeAccess: (email: string, ...sirets: string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What an account is made of beside its address. */
export interface AccountOptions {
  readonly password?: string;
  readonly givenName?: string;
  readonly familyName?: string;
}

/** Client metadata by `client_id`; addresses and secret are filled in. */
export type TestClients = Readonly<Record<string, object>>;

/** A password that the policy takes. */
export const goodPassword = "cheval-pile-agrafe-correct";

const everyScope = "openid profile email siret establishment establishments offline_access";

/** Starts one; several may run side by side. */
export async function startTestProvider(
  kind: DatabaseKind,
  options: {
    readonly clients?: TestClients;
    readonly environment?: Record<string, string>;
    /** The declared resource servers. */
    readonly resources?: readonly object[];
    /** The declared webhooks. */
    readonly webhooks?: readonly object[];
    /** Whether the node holds its clock against the database's: not while a test travels in time. */
    readonly comparesClocks?: boolean;
    /** What requests share; `FAST_LANE=off` leaves it out of every provider that does not say. */
    readonly lane?: FastLane;
  } = {},
): Promise<TestProvider> {
  const clients = options.clients ?? { portal: { establishment_required: true } };
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "lopauth-provider-"));
  const database = await kind.create(withSigningKeys);
  const smtp = await startSmtp();
  const secret = randomBytes(32).toString("base64url");
  const parties = new Map<string, RelyingParty>();
  for (const [clientId, metadata] of Object.entries(clients)) {
    const isPublic =
      "token_endpoint_auth_method" in metadata && metadata.token_endpoint_auth_method === "none";
    parties.set(
      clientId,
      await startRelyingParty({
        issuer,
        clientId,
        scope: everyScope,
        ...(isPublic ? {} : { clientSecret: secret }),
      }),
    );
  }
  const clientsFile = join(folder, "clients.json");
  writeFileSync(
    clientsFile,
    JSON.stringify(
      Object.entries(clients).map(([id, metadata]) =>
        declared(id, metadata, parties.get(id), secret),
      ),
    ),
  );
  if (options.resources) {
    writeFileSync(join(folder, "resources.json"), JSON.stringify(options.resources));
  }
  if (options.webhooks) {
    writeFileSync(join(folder, "webhooks.json"), JSON.stringify(options.webhooks));
  }
  const [first] = parties.values();
  const settings = readSettings(
    {
      PORT: String(port),
      ISSUER: issuer,
      DATABASE_URL: database.url,
      SMTP_URL: smtp.url,
      CLIENTS_FILE: clientsFile,
      PORTAL_URL: first?.origin,
      COOKIE_KEYS: randomBytes(32).toString("base64url"),
      ENCRYPTION_KEYS: testEncryptionKey,
      SIGN_UPS_PER_ADDRESS_PER_HOUR: "10000",
      SIGN_INS_PER_ADDRESS_PER_MINUTE: "10000",
      // A busy machine is no fault of the database.
      DATABASE_TIMEOUT: "20",
      ...options.environment,
    },
    () => ({}),
  );
  const log: string[] = [];
  const undocumented = new Set<string>();
  const destination = {
    write: (line: string) => {
      log.push(line);
      for (const field of undocumentedFields(line)) undocumented.add(field);
    },
  };
  const logger = createLogger({ level: "debug", format: "json", clock: systemClock, destination });
  const release = async () => {
    for (const party of parties.values()) await party.close();
    await smtp.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  const comparesClocks = options.comparesClocks ?? false;
  const usual = process.env["FAST_LANE"] === "off" ? plainLane : fastLane;
  const shared = { fastLane: options.lane ?? usual, comparesClocks };
  const surroundings = { clock: systemClock, random: systemRandom, logger, ...shared };
  // What a failed start left open would keep jest waiting for ever.
  const server = await startServer(settings, surroundings).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const { application } = server;
  const accountId = async (email: string) => {
    const found = await application.administration.find(email);
    if (!found.accepted) throw new Error(`no account ${email}`);
    return found.value;
  };
  return {
    issuer,
    server,
    application,
    smtp,
    databaseUrl: database.url,
    clientSecret: secret,
    log,
    party: (clientId) => {
      const party = parties.get(clientId);
      if (!party) throw new Error(`no relying party ${clientId}`);
      return party;
    },
    addAccount: async (
      typed,
      { password = goodPassword, givenName = "Jeanne", familyName = "Durand" } = {},
    ) => {
      const email = parseEmailAddress(typed);
      if (!email) throw new Error(`not an address: ${typed}`);
      const passwordHash = await hashOnce(application.passwords, password);
      const account = {
        email,
        givenName,
        familyName,
        locale: "fr" as const,
        passwordHash,
        clientId: undefined,
      };
      await application.accounts.insert(
        { ...account, sub: systemRandom.identifier() },
        systemClock.epochSeconds(),
      );
      return accountId(typed);
    },
    openAccess: async (email, ...typed) => {
      const account = await accountId(email);
      const sirets = typed.map(siretOf);
      const outcome = await application.accesses.open({ account, sirets, by: "operator" });
      if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
    },
    closeAccess: async (email, ...typed) => {
      const account = await accountId(email);
      const sirets = typed.map(siretOf);
      const outcome = await application.accesses.close({ account, sirets, by: "operator" });
      if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
    },
    stop: async () => {
      await server.stop();
      await release();
      if (undocumented.size > 0)
        throw new Error(`docs/log.md does not know the fields ${[...undocumented].join(", ")}`);
    },
  };
}

const hashes = new Map<string, Promise<string>>();

/** The hash of a password, made once a process: each costs what a sign-in costs. */
function hashOnce(
  passwords: TestProvider["application"]["passwords"],
  password: string,
): Promise<string> {
  const made = hashes.get(password) ?? passwords.hash(password);
  hashes.set(password, made);
  return made;
}

function declared(
  clientId: string,
  metadata: object,
  party: RelyingParty | undefined,
  secret: string,
): object {
  const isPublic =
    "token_endpoint_auth_method" in metadata && metadata.token_endpoint_auth_method === "none";
  return {
    client_id: clientId,
    ...(isPublic ? {} : { client_secret: secret }),
    client_name: `Service ${clientId}`,
    client_uri: party?.origin,
    redirect_uris: [party?.redirectUri],
    post_logout_redirect_uris: [`${party?.origin ?? ""}/`],
    grant_types: ["authorization_code", "refresh_token"],
    scope: everyScope,
    ...metadata,
  };
}

function siretOf(typed: string) {
  const siret = parseSiret(typed);
  if (!siret.accepted) throw new Error(`not a SIRET: ${typed}`);
  return siret.value;
}
