import { type ArtifactSettings, readArtifactSettings } from "./artifact-settings.ts";
import {
  type ConfigurationProblem,
  ConfigurationError,
  type ReadSetting,
} from "./configuration-error.ts";
import { type MailEventSettings, readMailEventSettings } from "./mail-event-settings.ts";
import { type Environment, withFiles } from "./setting-files.ts";
import { type SettingReader, settingReader } from "./setting-reader.ts";
import { unsafeCombinations } from "./unsafe-settings.ts";
import { type WatchSettings, readWatchSettings } from "./watch-settings.ts";
import { workerNumber, workerVariable } from "./workers.ts";

/** Every setting of contract §2, read and checked once at the start. */
export interface Settings extends ArtifactSettings {
  readonly production: boolean;
  readonly issuer: string;
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: number;
  readonly databaseUrl: string;
  /** Connections a pool, and seconds a statement may take. */
  readonly databaseLimits: { readonly connections: number; readonly timeoutSeconds: number };
  /** Seconds from « not ready » to closing. */
  readonly stopDelaySeconds: number;
  /** Processes that share the port. */
  readonly workers: number;
  /** Which of them this process is, from 1; undefined when it is alone, or leads them. */
  readonly worker: number | undefined;
  /** Whether this node does anything by itself: jobs, sending. */
  readonly jobs: boolean;
  /** The only addresses and domains that may be written to; undefined: all. */
  readonly mailGuard: readonly string[] | undefined;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  /** Cookie signing keys, the one that signs first. */
  readonly cookieKeys: readonly string[];
  /** Keys of 32 bytes that encrypt at rest, the one that encrypts first. */
  readonly encryptionKeys: readonly Buffer[];
  /** Keys of 32 bytes that sign the audit, the one that signs first; none: it is signed by keys derived from those above. */
  readonly auditKeys: readonly Buffer[];
  readonly clientsFile: string;
  /** The file of what the law has the operator say; undefined: nothing is said. */
  readonly legalTexts: string | undefined;
  readonly portalUrl: string;
  readonly contactUrl: string;
  readonly portalPort: number;
  readonly mailboxPort: number;
  readonly mailboxSmtpPort: number;
  readonly signUpsPerAddressPerHour: number;
  readonly signInsPerAddressPerMinute: number;
  readonly privateHosts: readonly string[];
  /** The public directory of establishments; undefined: none is asked. */
  readonly directoryUrl: string | undefined;
  /** Whether the Shared Signals transmitter serves. */
  readonly signals: boolean;
  /** Whether partners' own administrators exist: `ORGANISATION_ADMINS`. */
  readonly organisationAdmins: boolean;
  readonly logLevel: (typeof logLevels)[number];
  readonly watch: WatchSettings;
  readonly mailEvents: MailEventSettings;
  /** What `${NAME}` stands for in the declared files: undefined but for the names that `CLIENTS_FILE_VARIABLES` lists; null of a wrong setting. */
  readonly placeholder: (name: string) => string | undefined | null;
  /** The secret of the sample portal; development only. */
  readonly portalClientSecret: string | undefined;
  /** Each setting, by its name, and where it came from: for who looks at a deployment. */
  readonly sources: readonly ReadSetting[];
}

/** Settings of which some are missing or wrong. */
export class SettingsError extends ConfigurationError {
  /** The others; in the place of a wrong one stands something harmless. */
  readonly settings: Settings;
  readonly wrong: ReadonlySet<string>;

  constructor(problems: readonly ConfigurationProblem[], settings: Settings) {
    super(problems);
    this.wrong = new Set(problems.map(({ name }) => name.replace(/_FILE$/, "")));
    const placeholder = (name: string) =>
      this.wrong.has(name) ? null : settings.placeholder(name);
    this.settings = { ...settings, placeholder };
  }
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/**
 * Reads the settings. Each may also come from a file (`X_FILE`).
 * @param environment usually `process.env`
 * @param developmentSecrets what stands in for secrets that were not given; asked in development only
 * @throws SettingsError naming every missing or wrong setting at once
 */
export function readSettings(
  environment: Environment,
  developmentSecrets: () => Environment,
): Settings {
  const problems: ConfigurationProblem[] = [];
  const production = environment["NODE_ENV"] === "production";
  const { given, faults } = withFiles(environment);
  const made = production ? {} : developmentSecrets();
  const values = new Map<string, string | undefined>();
  const reader = settingReader({ ...made, ...given }, problems, values);
  const worker = workerNumber(environment[workerVariable]);
  const settings = { ...readAll(reader, production), worker };
  problems.push(...unsafeCombinations(settings, environment["NODE_ENV"]));
  const sources = [...values].map(([name, value]) => ({
    name,
    value,
    ...sourceOf(name, environment, made),
  }));
  const found = withFaults(problems, faults, values);
  if (found.length > 0) throw new SettingsError(found, { ...settings, sources });
  return { ...settings, sources };
}

/** Of a setting whose file cannot be read it is not said, too, that there is nothing. */
function withFaults(
  problems: readonly ConfigurationProblem[],
  faults: ReadonlyMap<string, ConfigurationProblem>,
  read: ReadonlyMap<string, unknown>,
): readonly ConfigurationProblem[] {
  const ours = new Map([...faults].filter(([name]) => read.has(name)));
  const others = problems.filter(({ name, found }) => found !== "nothing" || !ours.has(name));
  return [...ours.values(), ...others];
}

function sourceOf(
  name: string,
  environment: Environment,
  made: Environment,
): Pick<ReadSetting, "source" | "file"> {
  if (environment[name]) return { source: "environment" };
  const file = environment[`${name}_FILE`];
  if (file && name !== "CLIENTS") return { source: "file", file };
  return { source: made[name] === undefined ? "default" : "made-for-development" };
}

function readAll(read: SettingReader, production: boolean): Omit<Settings, "sources" | "worker"> {
  const ports = {
    port: read.port("PORT", 3000),
    portalPort: read.port("PORTAL_PORT", 3001),
    mailboxSmtpPort: read.port("MAILBOX_SMTP_PORT", 1025),
  };
  const places = readPlaces(read, production, ports);
  return {
    production,
    ...ports,
    mailboxPort: read.port("MAILBOX_PORT", 1080),
    issuer: places.ISSUER,
    host: places.HOST,
    databaseUrl: places.DATABASE_URL,
    smtpUrl: places.SMTP_URL,
    mailFrom: places.MAIL_FROM,
    clientsFile: places.CLIENTS_FILE,
    portalUrl: places.PORTAL_URL,
    contactUrl: places.CONTACT_URL,
    ...readLimits(read, production),
    ...readSecrets(read),
    workers: read.count("WORKERS", 1, 1, 64),
    jobs: read.oneOf("JOBS", ["on", "off"], "on") === "on",
    mailGuard: read.recipients("MAIL_GUARD"),
    legalTexts: read.optional("LEGAL_TEXTS", "a path", () => true),
    privateHosts: read.hostNames("PRIVATE_HOSTS"),
    directoryUrl: read.optionalWebAddress("DIRECTORY_URL"),
    signals: read.oneOf("SIGNALS", ["on", "off"], "off") === "on",
    organisationAdmins: read.oneOf("ORGANISATION_ADMINS", ["on", "off"], "off") === "on",
    logLevel: read.oneOf("LOG_LEVEL", logLevels, "info"),
    watch: readWatchSettings(read),
    mailEvents: readMailEventSettings(read),
    placeholder: readPlaceholders(read, places, ports),
  };
}

type Ports = Pick<Settings, "port" | "portalPort" | "mailboxSmtpPort">;

/** The names are the contract's; a development default is void in production where it must be given. */
function readPlaces(
  read: SettingReader,
  production: boolean,
  { port, portalPort, mailboxSmtpPort }: Ports,
) {
  const development = (value: string) => (production ? undefined : value);
  return {
    ISSUER: read.issuer("ISSUER", development(`http://localhost:${port}`), production),
    HOST: read.text("HOST", "127.0.0.1"),
    DATABASE_URL: read.databaseUrl("DATABASE_URL", development("sqlite:var/auth.sqlite3")),
    SMTP_URL: read.smtpUrl("SMTP_URL", development(`smtp://127.0.0.1:${mailboxSmtpPort}`)),
    MAIL_FROM: read.mailbox(
      "MAIL_FROM",
      development("l'Opcommerce <ne-pas-repondre@lopcommerce.test>"),
    ),
    CLIENTS_FILE: read.text("CLIENTS_FILE", "config/clients.json"),
    PORTAL_URL: read.webAddress("PORTAL_URL", development(`http://localhost:${portalPort}`)),
    CONTACT_URL: read.webAddress("CONTACT_URL", "https://www.lopcommerce.com"),
  };
}

function readLimits(read: SettingReader, production: boolean) {
  return {
    // Which address people are counted by depends on it: in production 0 must be said.
    trustedProxies: read.count("TRUSTED_PROXIES", production ? undefined : 0, 0, 10),
    databaseLimits: {
      connections: read.count("DATABASE_POOL", 8, 1, 200),
      timeoutSeconds: read.count("DATABASE_TIMEOUT", 4, 1, 60),
    },
    ...readArtifactSettings(read),
    stopDelaySeconds: read.count("STOP_DELAY", 2, 0, 60),
    signUpsPerAddressPerHour: read.count("SIGN_UPS_PER_ADDRESS_PER_HOUR", 60, 1, 1_000_000),
    signInsPerAddressPerMinute: read.count("SIGN_INS_PER_ADDRESS_PER_MINUTE", 120, 1, 1_000_000),
  };
}

function readSecrets(read: SettingReader) {
  return {
    cookieKeys: read.cookieKeys("COOKIE_KEYS"),
    encryptionKeys: read.encryptionKeys("ENCRYPTION_KEYS"),
    auditKeys: read.given("AUDIT_KEYS") === undefined ? [] : read.encryptionKeys("AUDIT_KEYS"),
    portalClientSecret: read.given("PORTAL_CLIENT_SECRET"),
  };
}

/** What `${NAME}` of a declared file is filled with. */
function readPlaceholders(
  read: SettingReader,
  places: Readonly<Record<string, string>>,
  { port, portalPort }: Ports,
): Settings["placeholder"] {
  const known = new Map<string, string>(
    Object.entries({ ...places, PORT: String(port), PORTAL_PORT: String(portalPort) }),
  );
  const usual = ["PORTAL_URL", "PORTAL_CLIENT_SECRET"];
  const listed = read.names("CLIENTS_FILE_VARIABLES", usual, ownSecrets);
  const values = new Map(listed.map((name) => [name, read.given(name) ?? known.get(name)]));
  return (name) => values.get(name);
}

/** What opens our own locks: it fills no file, whatever is listed. */
const ownSecrets: ReadonlySet<string> = new Set([
  "COOKIE_KEYS",
  "ENCRYPTION_KEYS",
  "AUDIT_KEYS",
  "DATABASE_URL",
  "ARTIFACTS_URL",
  "SMTP_URL",
  "STAFF_PASSWORD",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "MAIL_EVENTS_SECRETS",
  "MAILGUN_SIGNING_KEY",
]);
