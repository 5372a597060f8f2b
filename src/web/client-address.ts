import { networkOf } from "../foundation/index.ts";

/**
 * What one client is counted as: an IPv4 address, or the /64 of an IPv6 address (a household or an
 * office has a whole /64 and could otherwise take a new address for each request).
 * @param address `ctx.ip`; what is no address (a connection, an account) is counted as itself
 */
export function clientNetwork(address: string | undefined): string {
  return networkOf(address, { ipv4: 32, ipv6: 64 }) ?? address ?? "unknown";
}
