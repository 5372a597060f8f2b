import { lookup } from "node:dns/promises";
import type { ClientMetadata } from "../clients/index.ts";
import { checkSmtp } from "../mail/index.ts";
import {
  type DoctorParts,
  type Finding,
  faultText,
  findingOf,
  fine,
  inTime,
  patienceSeconds,
  problem,
  warning,
} from "./doctor-finding.ts";

const smtpAdvice =
  "check SMTP_URL (host, port, smtps for TLS from the start, user and password) and the firewall; mails wait in the outbox meanwhile";

/** Connects to the SMTP server and signs in as the mailer does; sends nothing. */
export function checkMail({ settings }: DoctorParts): Promise<readonly Finding[]> {
  return findingOf("smtp", smtpAdvice, async () => {
    const outcome = await checkSmtp(settings.smtpUrl, patienceSeconds - 1);
    if (outcome.accepted) {
      const { server, signedIn } = outcome.value;
      return [fine("smtp", `${server} answers${signedIn ? " and takes the credentials" : ""}`)];
    }
    const cause = String(outcome.problems[0].details?.["cause"]);
    const { hostname, port } = new URL(settings.smtpUrl);
    return [problem("smtp", `${hostname}${port && `:${port}`}: ${cause}`, adviceFor(cause))];
  });
}

function adviceFor(cause: string): string {
  if (/\b(AUTH|535|EAUTH)\b/.test(cause)) {
    return "the server refuses the user or password of SMTP_URL (special characters in them are percent-encoded)";
  }
  if (/ETLS|ERR_TLS|ERR_SSL|EPROTO|CERT|SELF_SIGNED|UNABLE_TO_|ESOCKET/.test(cause)) {
    return "its certificate or STARTTLS is not right: a known authority, the host's name, smtps:// where TLS is from the start, or ?tls=opportunistic behind SMTP_URL where the server offers none";
  }
  return smtpAdvice;
}

/** `PRIVATE_HOSTS`: names that resolve, to private addresses. */
export async function checkPrivateHosts({ settings }: DoctorParts): Promise<readonly Finding[]> {
  const hosts = settings.privateHosts;
  if (hosts.length === 0) return [];
  const found = await Promise.all(hosts.map(hostFinding));
  const wrong = found.filter((finding) => finding !== undefined);
  return wrong.length > 0 ? wrong : [fine("private-hosts", `${hosts.join(", ")} are private`)];
}

async function hostFinding(host: string): Promise<Finding | undefined> {
  // With the provider comes oidc-provider: see opened-application.
  const { isPrivateAddress, plainHost } = await import("../clients/index.ts");
  const addresses = await addressesOf(plainHost(host));
  if (typeof addresses === "string") {
    const advice = "correct the name in PRIVATE_HOSTS, or the DNS that this machine uses";
    return warning("private-hosts", `${host}: ${addresses}`, advice);
  }
  if (addresses.some(isPrivateAddress)) return undefined;
  const advice = "take it out of PRIVATE_HOSTS: public hosts may be called without";
  return warning("private-hosts", `${host} has a public address`, advice);
}

/** The addresses of a client that the provider would not call, for they are private and not named. */
export async function uncalledHosts(
  client: ClientMetadata,
  { settings }: DoctorParts,
): Promise<readonly string[]> {
  const called = [client.backchannel_logout_uri, client.jwks_uri, client.sector_identifier_uri];
  const hosts = called.flatMap((uri) => (uri === undefined ? [] : [new URL(uri).hostname]));
  const { isPrivateAddress, plainHost } = await import("../clients/index.ts");
  const named = new Set(settings.privateHosts.map(plainHost));
  const judged = await Promise.all(
    [...new Set(hosts)].map(async (host) => {
      if (named.has(plainHost(host))) return [];
      const addresses = await addressesOf(plainHost(host));
      if (typeof addresses === "string") return [`${host} (${addresses})`];
      return addresses.some(isPrivateAddress) ? [`${host} (private)`] : [];
    }),
  );
  return judged.flat();
}

async function addressesOf(host: string): Promise<readonly string[] | string> {
  try {
    return (await inTime(lookup(host, { all: true }))).map(({ address }) => address);
  } catch (error) {
    return faultText(error);
  }
}
