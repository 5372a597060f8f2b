import { isIPv4, isIPv6 } from "node:net";

/** How many leading bits of an address are kept, by its family. */
export interface KeptBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/**
 * The network that an address is in, written once for all its spellings: `192.0.2.0/24`,
 * `2001:db8:0::/48`. A whole IPv4 address has no suffix; a mapped one (`::ffff:192.0.2.1`, as a socket
 * that listens on both families shows it, RFC 4291 §2.5.5.2) is that IPv4 address.
 * @param kept bits of each family; those of IPv6 a multiple of 16, those of IPv4 of 8
 * @returns undefined when `address` is none
 */
export function networkOf(address: string | undefined, kept: KeptBits): string | undefined {
  const [plain = ""] = (address ?? "").split("%");
  if (isIPv4(plain)) return ipv4Network(plain.split(".").map(Number), kept.ipv4);
  if (!isIPv6(plain)) return undefined;
  const groups = ipv6Groups(plain);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    const octets = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return ipv4Network(octets, kept.ipv4);
  }
  const prefix = groups.slice(0, kept.ipv6 / 16).map((group) => group.toString(16));
  return `${prefix.join(":")}::/${kept.ipv6}`;
}

function ipv4Network(octets: readonly number[], bits: number): string {
  const network = octets.map((octet, index) => (index * 8 < bits ? octet : 0)).join(".");
  return bits === 32 ? network : `${network}/${bits}`;
}

/** The eight groups of an address; the URL parser brings every spelling to hexadecimal groups. */
function ipv6Groups(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
