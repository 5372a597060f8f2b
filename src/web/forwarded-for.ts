import { isIP } from "node:net";
import type { Socket } from "node:net";
import type Koa from "koa";
import type { Random } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";

/** What reading the addresses of clients needs. */
export interface ForwardedForParts {
  /** Number of reverse proxies in front; the header is read only behind one. */
  readonly trustedProxies: number;
  readonly random: Pick<Random, "identifier">;
  readonly logger: Pick<Logger, "warn">;
}

/**
 * Has `ctx.ip` be the address that the outermost proxy of ours saw. Where that cannot be read, it names the connection:
 * an address of the proxy would be one counter for everybody, and its limit a way to keep everybody out. Told once.
 */
export function readForwardedFor(app: Pick<Koa, "request">, parts: ForwardedForParts): void {
  const { trustedProxies, logger } = parts;
  const connections = new WeakMap<Socket, string>();
  let isTold = false;
  const connectionOf = (socket: Socket): string => {
    const name = connections.get(socket) ?? `connection:${parts.random.identifier()}`;
    connections.set(socket, name);
    return name;
  };
  const tell = (header: string) => {
    if (isTold) return;
    isTold = true;
    logger.warn(
      { forwardedForShape: shapeOf(header) },
      "X-Forwarded-For cannot be read: limits count by connection, and events have no network",
    );
  };
  Object.defineProperty(app.request, "ip", {
    get: function ip(this: Koa.Request): string {
      if (trustedProxies === 0) return this.socket.remoteAddress ?? connectionOf(this.socket);
      const header = this.get("X-Forwarded-For");
      const address = forwardedAddress(header, trustedProxies);
      if (address !== undefined) return address;
      tell(header);
      return connectionOf(this.socket);
    },
  });
}

/**
 * The address that a client had at the outermost of so many proxies, in each of the forms in which proxies write it: alone,
 * with its port (`192.0.2.1:40001`, `[2001:db8::1]:40001`), in brackets, quoted, as `for=` of RFC 7239 §6.
 * @returns undefined for `unknown`, an obfuscated name, or what else is no address
 */
export function forwardedAddress(header: string, trustedProxies: number): string | undefined {
  const [outermost = ""] = header.split(",").slice(-trustedProxies);
  const plain = outermost
    .trim()
    .replace(/^for=/i, "")
    .replace(/^"(.*)"$/, "$1");
  const address =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(plain)?.[1] ??
    /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(plain)?.[1] ??
    plain;
  return isIP(address) === 0 ? undefined : address;
}

/** How it is written, without the address in it. */
function shapeOf(header: string): string {
  return header.slice(0, 100).replaceAll(/[\da-f]/gi, "x");
}
