import { Resolver, lookup as systemLookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { type LookupFunction, isIP } from "node:net";
import { seconds } from "../foundation/index.ts";

/** The addresses of a host name. @throws Error with the `code` of the name server's answer, `ETIMEOUT` when there is none */
export type AddressesOf = (host: string) => Promise<readonly string[]>;

/** What look-ups are made with; the machine's unless told. */
export interface AddressParts {
  /** Name servers, `address:port`. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  /**
   * Asks the system for what the name servers do not know: search domains, and whatever else it is set up with. For names
   * that operators chose alone: such a look-up holds one of the few threads of the process for as long as it lasts.
   */
  readonly asksSystem?: boolean;
  readonly patienceMilliseconds?: number;
}

/** For all name servers and tries together. */
const longestLookUp = seconds(3) * 1000;

/** What a name server says that has no address for a name. */
const noAddress: ReadonlySet<string> = new Set(["ENODATA", "ENOTFOUND"]);

/**
 * Looks names up in the hosts file and at the name servers, without a thread and for three seconds at most. Node's own
 * `lookup` takes a thread of the process until the system gives up, a quarter of a minute and more, and no more than half
 * of the threads: two names whose server is silent hold up every other look-up, the database's too.
 */
export function createAddresses(parts: AddressParts = {}): AddressesOf {
  return async (host) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    if (isIP(name)) return [name];
    // RFC 6761 §6.3: never asked of a name server.
    if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1", "::1"];
    const named = await namedInFile(name, parts.hostsFile ?? "/etc/hosts");
    if (named.length > 0) return named;
    try {
      return await askedServers(name, parts);
    } catch (error) {
      if (parts.asksSystem !== true || !noAddress.has(codeOf(error))) throw error;
      return (await systemLookup(host, { all: true })).map(({ address }) => address);
    }
  };
}

/** For connections: to the very addresses that were looked up, and judged, by `addressesOf`. */
export function lookupBy(addressesOf: AddressesOf): LookupFunction {
  return (host, { all }, told) => {
    addressesOf(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (!first)
          told(Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }), []);
        else if (all === true) told(null, found);
        else told(null, first.address, first.family);
      },
      (error: unknown) => told(error as NodeJS.ErrnoException, []),
    );
  };
}

/**
 * `fetch` whose connections are made by a look-up of ours.
 * @throws Error when this Node offers no way to say so
 */
export function createFetch(addressesOf: AddressesOf): typeof fetch {
  const dispatcher = new (agentClass())({ connect: { lookup: lookupBy(addressesOf) } });
  return (input, options) => fetch(input, { ...options, dispatcher } as RequestInit);
}

type AgentClass = new (options: {
  readonly connect: { readonly lookup: LookupFunction };
}) => object;

/** Node shows the class of what makes the connections of `fetch` by an instance of it alone, as undici agreed with it. */
function agentClass(): AgentClass {
  // The first use of a global of `fetch` makes the instance.
  Response.error();
  const known = globalThis as unknown as Record<symbol, { constructor: unknown } | undefined>;
  const instance =
    known[Symbol.for("undici.globalDispatcher.2")] ??
    known[Symbol.for("undici.globalDispatcher.1")];
  if (!instance) throw new Error("this Node does not show what makes the connections of fetch");
  return instance.constructor as AgentClass;
}

async function namedInFile(name: string, file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return isIP(address) && names.some((each) => each.toLowerCase() === name) ? [address] : [];
  });
}

async function askedServers(
  name: string,
  { servers, patienceMilliseconds = longestLookUp }: AddressParts,
): Promise<readonly string[]> {
  // One for each look-up: it reads anew which servers the machine has, and can be ended by itself.
  const resolver = new Resolver({ timeout: patienceMilliseconds / 3, tries: 2 });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), patienceMilliseconds);
  const asked = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(timer);
  const addresses = asked.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  if (addresses.length > 0) return addresses;
  const codes = asked.map((each) => (each.status === "rejected" ? codeOf(each.reason) : "ENODATA"));
  const code = codes.find((each) => !noAddress.has(each)) ?? codes[0];
  throw Object.assign(new Error(`${name} was not looked up: ${code ?? ""}`), { code });
}

/** What is cancelled here is too late. */
function codeOf(fault: unknown): string {
  const { code } = fault as { readonly code?: string };
  return code === "ECANCELLED" ? "ETIMEOUT" : (code ?? "ENOTFOUND");
}
