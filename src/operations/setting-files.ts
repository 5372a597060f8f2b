import { readFileSync } from "node:fs";
import type { ConfigurationProblem } from "./configuration-error.ts";

/** Raw environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `X_FILE` is the path of a file that holds `X`; giving both is a contradiction. */
export function withFiles(environment: Environment, problems: ConfigurationProblem[]): Environment {
  const given: Record<string, string | undefined> = { ...environment };
  for (const [fileName, path] of Object.entries(environment)) {
    const name = fileName.replace(/_FILE$/, "");
    if (name === fileName || name === "CLIENTS" || !path) continue;
    if (environment[name]) {
      if (settingNames.has(name)) {
        const found = `both ${name} and ${fileName}`;
        problems.push({ name, found, expected: "only one of the two" });
      }
      continue;
    }
    try {
      given[name] = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      if (!settingNames.has(name)) continue;
      const cause = (error as NodeJS.ErrnoException).code ?? "unknown";
      problems.push({
        name: fileName,
        found: `${path} (${cause})`,
        expected: `a readable file that holds ${name}`,
      });
    }
  }
  return given;
}

const settingNames = new Set(
  `ISSUER HOST PORT TRUSTED_PROXIES DATABASE_URL SMTP_URL MAIL_FROM COOKIE_KEYS ENCRYPTION_KEYS CLIENTS_FILE PORTAL_URL
   CONTACT_URL LEGAL_TEXTS PORTAL_PORT MAILBOX_PORT MAILBOX_SMTP_PORT SIGN_UPS_PER_ADDRESS_PER_HOUR
   SIGN_INS_PER_ADDRESS_PER_MINUTE PRIVATE_HOSTS DIRECTORY_URL SIGNALS ORGANISATION_ADMINS LOG_LEVEL CLIENTS_FILE_VARIABLES
   DATABASE_POOL DATABASE_TIMEOUT ARTIFACTS_URL ARTIFACTS_WAIT STOP_DELAY WORKERS JOBS MAIL_GUARD AUDIT_KEYS METRICS_HOST METRICS_PORT OTEL_EXPORTER_OTLP_ENDPOINT
   OTEL_EXPORTER_OTLP_HEADERS OTEL_SERVICE_NAME TRACES_PER_SECOND NODE_NAME REQUEST_LOG
   MAIL_EVENTS_SECRETS MAILGUN_SIGNING_KEY SENDGRID_PUBLIC_KEY`.split(/\s+/),
);
