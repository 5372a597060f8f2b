import { days } from "../foundation/index.ts";
import { clockFinding } from "./doctor-clock.ts";
import {
  type DoctorParts,
  type Finding,
  faultText,
  fine,
  isLoopback,
  notChecked,
  problem,
  warning,
} from "./doctor-finding.ts";
import { type DoctorAnswer, ask, isTlsFault } from "./doctor-request.ts";
import { instantText } from "./instants.ts";

const fromHere = "asked from this machine by its public name";

/** What browsers' preload lists and auditors ask at least (six months). */
const leastHstsSeconds = days(180);

/** The issuer as relying parties see it: its discovery document, certificate, HSTS, proxies and clock. */
export async function checkIssuer(parts: DoctorParts): Promise<readonly Finding[]> {
  const { issuer } = parts.settings;
  const url = new URL("/.well-known/openid-configuration", issuer);
  try {
    const answer = await ask(url);
    return [
      documentFinding(issuer, answer),
      certificateFinding(answer, parts),
      ...hstsFindings(issuer, answer),
      proxiesFinding(parts),
      ...clockFinding(parts.clock, "the issuer", Date.parse(answer.headers.date ?? "") / 1000),
    ];
  } catch (error) {
    const found = `${issuer}: ${faultText(error)} (${fromHere})`;
    const check = isTlsFault(error) ? "tls" : "issuer";
    return [problem(check, found, reachAdvice(error)), proxiesFinding(parts)];
  }
}

function reachAdvice(error: unknown): string {
  const { code = "" } = error as { code?: string };
  if (code === "CERT_HAS_EXPIRED") return "renew the certificate, and see why nothing renewed it";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "the certificate must name the host of ISSUER: get another, or correct ISSUER";
  }
  if (isTlsFault(error)) {
    return "serve the whole chain with the intermediate certificates (fullchain.pem), of an authority that clients know; a home-made one is told to Node by NODE_EXTRA_CA_CERTS";
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return "the host of ISSUER must be in the DNS that this machine and relying parties use; correct one or the other";
  }
  return "start the provider and its proxy; open the firewall; if only this machine cannot reach its own public name, that is the network's doing: ask from another";
}

function documentFinding(issuer: string, { status, headers, body }: DoctorAnswer): Finding {
  const where = `discovery at ${issuer}`;
  if (status !== 200) {
    const target = headers.location === undefined ? "" : ` to ${headers.location.slice(0, 200)}`;
    const advice =
      "relying parties follow no redirect and want 200: let the proxy pass every path of ISSUER's host to the provider, and ISSUER be the name that is served";
    return problem("issuer", `${where} answers ${status}${target} (${fromHere})`, advice);
  }
  const said = issuerOf(body);
  if (said === issuer) return fine("issuer", `${where} answers as it must (${fromHere})`);
  const found = `${where} says issuer ${said === undefined ? "nothing" : JSON.stringify(said)} (${fromHere})`;
  const advice =
    "the server behind that name runs with another ISSUER, or is another: give both the same settings, to the letter";
  return problem("issuer", found, advice);
}

function issuerOf(body: string): string | undefined {
  try {
    const { issuer } = JSON.parse(body) as { issuer?: unknown };
    return typeof issuer === "string" ? issuer.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}

function certificateFinding({ certificateEndsAt }: DoctorAnswer, { clock }: DoctorParts): Finding {
  if (certificateEndsAt === undefined) {
    const advice = "nothing to do in development; elsewhere ISSUER must be https";
    return notChecked("tls", "ISSUER is http: there is no certificate", advice);
  }
  const left = Math.floor((certificateEndsAt - clock.epochSeconds()) / days(1));
  const found = `the certificate is valid until ${instantText(certificateEndsAt)} (days left: ${left})`;
  if (left >= 30) return fine("tls", found);
  const advice = "renew it now, and see why nothing renewed it 30 days before its end";
  return warning("tls", found, advice);
}

function hstsFindings(issuer: string, { headers }: DoctorAnswer): readonly Finding[] {
  if (!issuer.startsWith("https:")) return [];
  const header = headers["strict-transport-security"] ?? "";
  const seconds = Number(/max-age="?(\d+)/i.exec(header)?.[1]);
  if (seconds >= leastHstsSeconds) return [fine("hsts", header)];
  const found = header === "" ? "the answer has no Strict-Transport-Security" : header;
  const advice =
    "the provider sends two years: let the proxy pass Strict-Transport-Security unchanged";
  return [warning("hsts", found, advice)];
}

/**
 * The server itself speaks plain http, so an https issuer has a proxy in front: that much is certain. How many
 * proxies there are, no answer shows.
 */
function proxiesFinding({ settings: { issuer, trustedProxies } }: DoctorParts): Finding {
  const found = `TRUSTED_PROXIES is ${trustedProxies}`;
  if (issuer.startsWith("https:") && trustedProxies === 0) {
    const advice =
      "the server speaks http, so a proxy ends TLS: set TRUSTED_PROXIES to the number of proxies, or all people share the proxy's address and its limits";
    return problem("proxies", `${found} and ISSUER is https`, advice);
  }
  if (trustedProxies === 0 && isLoopback(issuer)) {
    return fine("proxies", `${found}: people reach the server itself`);
  }
  const advice = `count the proxies that add to X-Forwarded-For between the internet and the server; the first of them must drop what the browser sent. One too many lets anybody choose the address they are counted by, one too few makes all share one`;
  return notChecked("proxies", `${found}; no answer shows how many there are`, advice);
}
