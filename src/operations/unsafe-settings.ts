import type { ConfigurationProblem } from "./configuration-error.ts";
import { keyWeakness } from "./key-strength.ts";
import type { MailEventSettings } from "./mail-event-settings.ts";
import type { WatchSettings } from "./watch-settings.ts";

/** What of the settings is looked at together. */
interface Combined {
  readonly production: boolean;
  readonly cookieKeys: readonly string[];
  readonly encryptionKeys: readonly Buffer[];
  readonly auditKeys: readonly Buffer[];
  readonly host: string;
  readonly port: number;
  readonly watch: Pick<WatchSettings, "metrics">;
  readonly portalPort: number;
  readonly mailboxPort: number;
  readonly mailboxSmtpPort: number;
  readonly portalUrl: string;
  readonly contactUrl: string;
  readonly directoryUrl: string | undefined;
  readonly mailEvents: Pick<MailEventSettings, "secrets" | "mailgunKey">;
}

/**
 * What is right by itself and not beside the others.
 * @param environmentName `NODE_ENV`
 */
export function unsafeCombinations(
  settings: Combined,
  environmentName: string | undefined,
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (![undefined, "", "development", "test", "production"].includes(environmentName)) {
    problems.push({
      name: "NODE_ENV",
      found: environmentName ?? "",
      expected: "production, or nothing for development",
    });
  }
  problems.push(...sharedPorts(settings));
  const text = (keys: readonly Buffer[]) => keys.map((key) => key.toString("base64url"));
  const { secrets, mailgunKey } = settings.mailEvents;
  const lists = [
    ["ENCRYPTION_KEYS", text(settings.encryptionKeys)],
    ["COOKIE_KEYS", settings.cookieKeys],
    ["AUDIT_KEYS", text(settings.auditKeys)],
    ["MAIL_EVENTS_SECRETS", secrets.map((secret) => secret.toString("latin1"))],
    ["MAILGUN_SIGNING_KEY", mailgunKey === undefined ? [] : [mailgunKey]],
  ] as const;
  if (settings.production) problems.push(...lists.flatMap(weakKeys), ...openRoads(settings));
  for (const [index, [name, keys]] of lists.entries()) {
    for (const [other, others] of lists.slice(0, index)) {
      if (!keys.some((key) => others.includes(key))) continue;
      const expected = "keys of their own: one that leaks must not open the other's lock";
      problems.push({ name, found: `a key that ${other} holds too`, expected });
    }
  }
  return problems;
}

const keyRules: Readonly<Record<string, string>> = {
  COOKIE_KEYS: "secrets by chance, each another: openssl rand -base64 32",
  MAIL_EVENTS_SECRETS: "secrets by chance, each another: openssl rand -base64 32",
  MAILGUN_SIGNING_KEY: "the key that Mailgun's page of webhooks shows",
};
const byteRule =
  "32 bytes by chance, each key another: openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

/** Keys that somebody may guess, or that were copied from a document. */
function weakKeys([name, keys]: readonly [string, readonly string[]]): ConfigurationProblem[] {
  const expected = keyRules[name] ?? byteRule;
  return keys.flatMap((key, index) => {
    const which = keys.length === 1 ? "a key that" : `key ${index + 1} of ${keys.length}, which`;
    const isText = keyRules[name] !== undefined;
    const weakness = keyWeakness(isText ? key : Buffer.from(key, "base64url"));
    const again = keys.indexOf(key) < index ? "is given twice" : undefined;
    const found = again ?? weakness;
    return found === undefined ? [] : [{ name, found: `${which} ${found}`, expected }];
  });
}

/** Addresses on which others may read along, or answer in our name. */
function openRoads(settings: Combined): ConfigurationProblem[] {
  const addresses = [
    ["PORTAL_URL", settings.portalUrl],
    ["CONTACT_URL", settings.contactUrl],
    ["DIRECTORY_URL", settings.directoryUrl],
  ] as const;
  return addresses.flatMap(([name, value]) => {
    const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol !== "http:" || (name === "DIRECTORY_URL" && isLoopback(url))) return [];
    return [{ name, found: `"${url.origin}"`, expected: "an https address in production" }];
  });
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** What one process listens at; in development the stand-ins, too. */
function sharedPorts(settings: Combined): ConfigurationProblem[] {
  const { host, port, portalPort, mailboxPort, mailboxSmtpPort, production } = settings;
  const { metrics } = settings.watch;
  const loopback = "127.0.0.1";
  const places: readonly Place[] = [
    { name: "PORT", host, port },
    ...(production
      ? []
      : [
          { name: "PORTAL_PORT", host, port: portalPort },
          { name: "MAILBOX_PORT", host: loopback, port: mailboxPort },
          { name: "MAILBOX_SMTP_PORT", host: loopback, port: mailboxSmtpPort },
        ]),
    ...(metrics ? [{ name: "METRICS_PORT", ...metrics }] : []),
  ];
  return places.flatMap((place, index) => {
    const other = places.slice(0, index).find((earlier) => meet(earlier, place));
    const found = `${place.port}, as ${other?.name ?? ""}`;
    return other ? [{ name: place.name, found, expected: "a port of its own" }] : [];
  });
}

interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Two addresses of a machine may have the same port each; who listens at all of them has it everywhere. */
function meet(one: Place, other: Place): boolean {
  const everywhere = ["0.0.0.0", "::"];
  const loopbacks = ["127.0.0.1", "localhost"];
  const hosts = [one.host, other.host].map((host) => (loopbacks.includes(host) ? "" : host));
  const isShared = hosts[0] === hosts[1] || hosts.some((host) => everywhere.includes(host));
  // 0 stands in the place of a port that is wrong itself.
  return one.port === other.port && one.port > 0 && isShared;
}
