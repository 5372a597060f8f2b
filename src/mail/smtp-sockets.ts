import { type Socket, connect } from "node:net";
import { seconds } from "../foundation/index.ts";
import { type AddressesOf, createAddresses, lookupBy } from "../operations/index.ts";

/** Where a server is, as nodemailer asks. */
interface AskedSocket {
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly secure?: boolean | undefined;
}

type Told = (fault: Error | null, socket?: { readonly connection: Socket }) => void;

const connectSeconds = seconds(10);

/**
 * Connects to the mail server by a look-up of ours, the hosts file first. nodemailer asks the name servers alone first, whatever
 * the name: while they are silent it reaches no server on this very machine (`localhost`). What was found before is tried where nothing is.
 * @param addressesOf the machine's unless told
 */
export function smtpSockets(
  addressesOf: AddressesOf = createAddresses({ asksSystem: true }),
): (server: AskedSocket, told: Told) => void {
  const lookup = lookupBy(remembering(addressesOf));
  return ({ host = "localhost", port, secure = false }, told) => {
    const socket = connect({ host, port: Number(port ?? (secure ? 465 : 587)), lookup });
    const fail = (fault: Error) => {
      socket.destroy();
      told(Object.assign(fault, { command: "CONN" }));
    };
    socket.once("error", fail);
    socket.setTimeout(connectSeconds * 1000, () => {
      socket.destroy(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" }));
    });
    socket.once("connect", () => {
      socket.setTimeout(0).removeAllListeners("timeout").off("error", fail);
      told(null, { connection: socket });
    });
  };
}

function remembering(addressesOf: AddressesOf): AddressesOf {
  const known = new Map<string, readonly string[]>();
  return async (host) => {
    try {
      const found = await addressesOf(host);
      known.set(host, found);
      return found;
    } catch (fault) {
      const before = known.get(host);
      if (before) return before;
      throw fault;
    }
  };
}
