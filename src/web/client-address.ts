import { isIPv4, isIPv6 } from "node:net";

/**
 * What one client is counted as: an IPv4 address, or the /64 of an IPv6 address (a household or an
 * office has a whole /64 and could otherwise take a new address for each request).
 * @param address `ctx.ip`; what is no address shares one counter
 */
export function clientNetwork(address: string | undefined): string {
  const [plain = ""] = (address ?? "").split("%");
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return "unknown";
  const groups = ipv6Groups(plain);
  // An IPv4 address as a socket that listens on both shows it: ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2).
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight groups of an address; the URL parser brings every spelling to hexadecimal groups. */
function ipv6Groups(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
