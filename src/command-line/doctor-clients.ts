import type { Application } from "../application.ts";
import { type ClientEntry, clientEntryView, clientProblemLine } from "../clients/index.ts";
import { days } from "../foundation/index.ts";
import type { ConfigurationProblem } from "../operations/index.ts";
import { quoted } from "./answer.ts";
import {
  type DoctorParts,
  type Finding,
  fine,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";
import { uncalledHosts } from "./doctor-network.ts";
import { walkToSignIn } from "./doctor-sign-in.ts";
import { instantText } from "./instants.ts";

/**
 * The clients as a start of the server would read them; and of one of them, its configuration and a real
 * authorization request up to the sign-in page.
 */
export async function checkClients(
  application: Application,
  parts: DoctorParts,
  clientId: string | undefined,
): Promise<readonly Finding[]> {
  const own = clientId === undefined ? [] : await checkClient(application, parts, clientId);
  return [...everyClient(application), ...leaks(application), ...own];
}

/** What keeps a server from starting with these declarations. */
export function clientsProblem({ name, found, expected }: ConfigurationProblem): Finding {
  const advice = `${expected}; a server with this configuration does not start`;
  return problem("clients", `${name}: ${found}`, advice);
}

function everyClient({ clients }: Application): readonly Finding[] {
  const entries = clients.list();
  const invalid = entries.filter(({ metadata }) => metadata === undefined);
  if (invalid.length === 0) return [fine("clients", `${entries.length}, all valid`)];
  return invalid.map(({ clientId, problems }) => {
    const found = `${quoted(clientId)} is not served: ${problems.map(clientProblemLine).join("; ")}`;
    const advice = `register it anew: "lopauth client remove", then "lopauth client add" with what is said corrected`;
    return problem("clients", found, advice);
  });
}

/** Before 0.2.0 a registered client's `${NAME}` was filled with any setting, and anybody may read a client's name. */
function leaks({ clients, settings }: Application): readonly Finding[] {
  const own: readonly (readonly [string, string])[] = [
    ...settings.cookieKeys.map((key) => ["COOKIE_KEYS", key] as const),
    ...settings.encryptionKeys.map(
      (key) => ["ENCRYPTION_KEYS", key.toString("base64url")] as const,
    ),
    ["DATABASE_URL", settings.databaseUrl],
    ["SMTP_URL", settings.smtpUrl],
  ];
  return clients.list().flatMap(({ clientId, source, metadata }) => {
    const text = source === "registered" ? JSON.stringify(metadata ?? {}) : "";
    const leaked = new Set(own.flatMap(([name, value]) => (text.includes(value) ? [name] : [])));
    if (leaked.size === 0) return [];
    const found = `the metadata of ${quoted(clientId)} hold the value of ${[...leaked].join(", ")}`;
    const advice = `take it for known by everybody: give a new one, then "lopauth client remove" and register it anew without it`;
    return [problem("client-leak", found, advice)];
  });
}

async function checkClient(
  { clients }: Application,
  parts: DoctorParts,
  clientId: string,
): Promise<readonly Finding[]> {
  const entry = clients.entry(clientId);
  if (!entry) {
    const advice = `"lopauth client list" names those there are; declare it in CLIENTS_FILE or "lopauth client add" it`;
    return [problem("client", `there is no client ${quoted(clientId)}`, advice)];
  }
  if (!entry.served) {
    const advice = entry.metadata
      ? `"lopauth client enable ${clientId}" lets it work again, if that is wanted`
      : "see the check clients";
    const found = `${quoted(clientId)} is ${entry.metadata ? "disabled" : "not valid"}`;
    return [problem("client", found, advice)];
  }
  const uncalled = await uncalledHosts(entry.served, parts);
  const advice =
    "name private hosts that may be called in PRIVATE_HOSTS; until then the client is not told of sign-outs, or its keys are not read";
  return [
    configurationFinding(entry),
    secretFinding(entry, parts),
    scopeFinding(entry),
    ...(uncalled.length > 0 ? [warning("client-calls", uncalled.join(", "), advice)] : []),
    await walkToSignIn(entry.served, parts),
  ];
}

function configurationFinding({ served, source }: ClientEntry): Finding {
  const uris = served?.redirect_uris ?? [];
  return fine("client", `${source}, enabled; redirect_uris: ${uris.join(" ") || "none"}`);
}

/** What it may ask for: an unknown scope is refused nowhere, so a misspelt one is seen here, in the log and in the answer's `scope`. */
function scopeFinding({ served }: ClientEntry): Finding {
  const check = "client-scope";
  const scopes = served?.scope?.split(" ");
  const found = `it may ask for ${scopes?.join(" ") ?? "every scope"}`;
  if (served?.response_types.length && scopes && !scopes.includes("openid")) {
    const advice = `add openid to its scope, or there is neither an ID token nor userinfo`;
    return warning(check, found, advice);
  }
  return fine(
    check,
    `${found}; any other is passed over, told in the log ("unknown scopes were asked for")`,
  );
}

function secretFinding(entry: ClientEntry, { clock }: DoctorParts): Finding {
  const check = "client-secret";
  const now = clock.epochSeconds();
  const method = entry.served?.token_endpoint_auth_method ?? "";
  if (!method.startsWith("client_secret_")) return fine(check, `${method}: it has no secret`);
  const { secrets } = clientEntryView(entry, now);
  const rotate = `"lopauth client rotate-secret ${entry.clientId}" makes a new one; the integrator must have it before the end`;
  if (secrets.length === 0) {
    const declared = `give client_secret in CLIENTS_FILE`;
    const advice = entry.source === "declared" ? declared : rotate;
    return problem(check, `${method}, and no secret is valid`, advice);
  }
  const ends = secrets.flatMap(({ ends_at: end }) =>
    end === null ? [] : [Date.parse(end) / 1000],
  );
  const until = ends.length > 0 ? `, one until ${ends.map(instantText).join(" and ")}` : "";
  const found = `${secrets.length} valid${until}`;
  if (ends.length < secrets.length) return fine(check, found);
  const last = Math.max(...ends);
  return last - now < days(14) ? warning(check, found, rotate) : fine(check, found);
}

/** What is said in place of {@link checkClients} while the register cannot be worked with. */
export function clientsNotChecked(): Finding {
  const advice = `mend the database first, then run this again; "lopauth client check" needs none`;
  return notChecked("clients", "registered clients are in the database", advice);
}
