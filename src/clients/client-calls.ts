import { BlockList, isIPv4 } from "node:net";
import { AppError, type Telemetry, silentTelemetry } from "../foundation/index.ts";
import {
  type AddressesOf,
  type Logger,
  type MailGuard,
  createAddresses,
  createFetch,
} from "../operations/index.ts";

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
  /** The addresses of a host name; those that the machine's name servers say unless told. */
  readonly resolve?: AddressesOf;
  readonly telemetry?: Telemetry;
  /** Which hosts may be told something; all unless given. */
  readonly guard?: Pick<MailGuard, "allowsCall">;
}

/**
 * Calls addresses of clients, but never into private networks: not by name, by number, in any notation, or
 * by a redirect (none is followed). A host is looked up before anything is sent to it, so that not
 * even a connection tells what listens there; and the connection is made by the same judgement, for a name whose
 * address changes in between. `PRIVATE_HOSTS` excepts by name. Where `MAIL_GUARD` is set, who is not named there is told
 * nothing; what only reads (keys, logos) goes on. A name server that is silent is waited for as long as the caller waits.
 * @see RFC 6890, OWASP Server-Side Request Forgery Prevention
 */
export function createClientCall(parts: ClientCallParts): ClientCall {
  const { telemetry = silentTelemetry } = parts;
  const isNamed = namedIn(parts.privateHosts);
  const addressesOf = guardedAddresses(parts, isNamed);
  const send = createFetch(addressesOf);
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
    if (!isNamed(host)) await unlessEnded(addressesOf(host), options?.signal);
    return send(url, { ...options, redirect: "manual" });
  };
  return (input, options) =>
    telemetry.timed("client-call", options?.method === "POST" ? "POST" : "GET", async () =>
      call(input, options),
    );
}

function namedIn(privateHosts: readonly string[]): (host: string) => boolean {
  const named = new Set(privateHosts.map(plainHost));
  return (host) => named.has(plainHost(host));
}

/** @returns what looks a host up, and refuses it when it is in a private network and not named */
function guardedAddresses(
  { logger, resolve }: ClientCallParts,
  isNamed: (host: string) => boolean,
): AddressesOf {
  const ofStrangers = resolve ?? createAddresses();
  const ofNamed = resolve ?? createAddresses({ asksSystem: true });
  return async (host) => {
    if (isNamed(host)) return ofNamed(host);
    const addresses = await ofStrangers(host);
    if (addresses.length > 0 && !addresses.some(isPrivateAddress)) return addresses;
    logger.warn({ host }, "a call to a private address was refused; PRIVATE_HOSTS allows by name");
    const message = `${host} is in a private network, and PRIVATE_HOSTS does not name it`;
    throw new AppError("private-address", { status: 502, message });
  };
}

/** @throws the reason of the signal, if that comes first */
async function unlessEnded(work: Promise<unknown>, signal?: AbortSignal | null): Promise<void> {
  if (!signal) {
    await work;
    return;
  }
  signal.throwIfAborted();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason as Error);
  signal.addEventListener("abort", end, { once: true });
  try {
    await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener("abort", end);
  }
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
export function plainHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}
