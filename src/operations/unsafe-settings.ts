import type { Settings } from "./config.ts";
import type { ConfigurationProblem } from "./setting-reader.ts";

type ReadSettings = Omit<Settings, "sources">;

/**
 * What is right by itself and not beside the others.
 * @param environmentName `NODE_ENV`
 */
export function unsafeCombinations(
  settings: ReadSettings,
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
  if (!settings.production) problems.push(...sharedPorts(settings));
  const text = (keys: readonly Buffer[]) => keys.map((key) => key.toString("base64url"));
  const lists = [
    ["ENCRYPTION_KEYS", text(settings.encryptionKeys)],
    ["COOKIE_KEYS", settings.cookieKeys],
    ["AUDIT_KEYS", text(settings.auditKeys)],
  ] as const;
  for (const [index, [name, keys]] of lists.entries()) {
    for (const [other, others] of lists.slice(0, index)) {
      if (!keys.some((key) => others.includes(key))) continue;
      const expected = "keys of their own: one that leaks must not open the other's lock";
      problems.push({ name, found: `a key that ${other} holds too`, expected });
    }
  }
  return problems;
}

/** In development all of them are listened at by one process. */
function sharedPorts(settings: ReadSettings): ConfigurationProblem[] {
  const ports = [
    ["PORT", settings.port],
    ["PORTAL_PORT", settings.portalPort],
    ["MAILBOX_PORT", settings.mailboxPort],
    ["MAILBOX_SMTP_PORT", settings.mailboxSmtpPort],
  ] as const;
  return ports.flatMap(([name, port], index) => {
    const other = ports.slice(0, index).find(([, earlier]) => earlier === port);
    return other ? [{ name, found: `${port}, as ${other[0]}`, expected: "a port of its own" }] : [];
  });
}
