import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv4 } from "node:net";
import { AppError, type Telemetry, silentTelemetry } from "../foundation/index.ts";
import type { Logger, MailGuard } from "../operations/index.ts";

/** How an address that a client registered is called (`jwks_uri`, `backchannel_logout_uri`…), by the library too. */
export type ClientCall = (
  input: string | URL | Request,
  options?: RequestInit,
) => Promise<Response>;

/** What the calls are guarded with. */
export interface ClientCallParts {
  /** `PRIVATE_HOSTS`: host names in private networks that may be called. */
  readonly privateHosts: readonly string[];
  readonly logger: Logger;
  /** The addresses of a host name; the machine's resolver unless told. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly telemetry?: Telemetry;
  /** Which hosts may be told something; all unless given. */
  readonly guard?: Pick<MailGuard, "allowsCall">;
}

/**
 * Calls addresses of clients, but never into private networks: not by name, by number, in any notation, or
 * by a redirect (none is followed). A host is looked up before anything is sent to it, so that not
 * even a connection tells what listens there; the library's own guard, which looks at the connection once it
 * is made, stays behind this one for a name whose address changes in between. `PRIVATE_HOSTS` excepts by name. Where
 * `MAIL_GUARD` is set, who is not named there is told nothing; what only reads (keys, logos) goes on.
 * @see RFC 6890, OWASP Server-Side Request Forgery Prevention
 */
export function createClientCall(parts: ClientCallParts): ClientCall {
  const { logger, resolve = addressesOf, telemetry = silentTelemetry } = parts;
  const named = new Set(parts.privateHosts.map(plainHost));
  const call: ClientCall = async (input, options) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const host = plainHost(url.hostname);
    const method = options?.method ?? (input instanceof Request ? input.method : "GET");
    if (parts.guard?.allowsCall(host) === false && !["GET", "HEAD"].includes(method)) {
      throw new AppError("mail-guard", {
        status: 502,
        message: `MAIL_GUARD does not name ${host}`,
      });
    }
    const manual: RequestInit & { dispatcher?: unknown } = { ...options, redirect: "manual" };
    if (named.has(host)) {
      // The library's dispatcher would cut the connection.
      delete manual.dispatcher;
      return fetch(url, manual);
    }
    const addresses = isIP(host) ? [host] : await resolve(host);
    if (addresses.length === 0 || addresses.some(isPrivateAddress)) {
      logger.warn(
        { host },
        "a call to a private address was refused; PRIVATE_HOSTS allows by name",
      );
      const message = `${host} is in a private network, and PRIVATE_HOSTS does not name it`;
      throw new AppError("private-address", { status: 502, message });
    }
    return fetch(url, manual);
  };
  return (input, options) =>
    telemetry.timed("client-call", options?.method === "POST" ? "POST" : "GET", async () =>
      call(input, options),
    );
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Whether an IP address is anything else than a public one. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return special.check(address, "ipv4");
  // Of IPv6 all that is global unicast begins with 2000::/3: what maps or embeds IPv4 elsewhere never passes.
  return !globalUnicast.check(address, "ipv6") || special.check(address, "ipv6");
}

const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** Special-purpose addresses (IANA's registries, RFC 6890 and those after it), and multicast. */
const special = new BlockList();
for (const block of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "2620:4f:8000::/48",
  "3fff::/20",
]) {
  const [network = "", length] = block.split("/");
  special.addSubnet(network, Number(length), isIPv4(network) ? "ipv4" : "ipv6");
}

/** A host as it is compared: without the brackets of IPv6, without a final dot, in lower case. */
function plainHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}
