import { once } from "node:events";
import { createServer } from "node:net";
import { ConfigurationError } from "./configuration-error.ts";
import type { Judgement } from "./judgements.ts";

/**
 * Why nobody can listen at a port, as a problem of the setting that names it.
 * @param fault what `listen` failed with
 * @param ports each setting's name, and its port
 * @returns a ConfigurationError; any other fault as it is
 */
export function portFault(fault: Error, ports: Readonly<Record<string, number>>): Error {
  const { code = "", port, address = "" } = fault as Partial<ListenFault>;
  const name = Object.keys(ports).find((each) => ports[each] === port);
  const judged = faults[code];
  if (name === undefined || port === undefined || !judged) return fault;
  const { found, expected } = judged(name === "METRICS_PORT" ? "METRICS_HOST" : "HOST");
  return new ConfigurationError([{ name, found: `${port} on ${address}, ${found}`, expected }]);
}

/** Where somebody is to listen, and the settings that say so. */
export interface Listener {
  readonly name: string;
  /** The setting that names the host; none for what listens on loopback whatever is set. */
  readonly hostName?: string;
  readonly host: string;
  readonly port: number;
}

/**
 * That nobody listens there. Also where workers share a port: those of another node would take a part of the connections, and
 * nothing would tell.
 */
export function freePorts(listeners: readonly Listener[]): readonly Judgement[] {
  return listeners.map(({ name, hostName, host, port }) => ({
    needs: [name, hostName ?? name],
    judge: async () => {
      const fault = await listenFault({ host, port });
      if (!fault) return;
      const { code = "" } = fault as NodeJS.ErrnoException;
      if (!unknownName.test(code)) throw portFault(fault, { [name]: port });
      const found = `"${host}", a name that leads nowhere (${code})`;
      const expected = "an address of this machine";
      throw new ConfigurationError([{ name: hostName ?? name, found, expected }]);
    },
  }));
}

/** What `listen` fails with; the port is left free where it does not. */
async function listenFault(at: {
  readonly host: string;
  readonly port: number;
}): Promise<Error | undefined> {
  const server = createServer();
  try {
    server.listen({ ...at, exclusive: true });
    await once(server, "listening");
  } catch (fault) {
    return fault as Error;
  }
  server.close();
  await once(server, "close");
  return undefined;
}

/** Of the system, as Node tells it. */
interface ListenFault {
  readonly code: string;
  readonly port: number;
  readonly address: string;
}

/** By the setting that names the host. */
type Told = (hostName: string) => { readonly found: string; readonly expected: string };

const faults: Readonly<Record<string, Told>> = {
  EADDRINUSE: () => ({ found: "where another process listens", expected: "a free port" }),
  EACCES: () => ({
    found: "which this user may not listen at",
    expected: "a port from 1024 on, behind a proxy",
  }),
  EADDRNOTAVAIL: (hostName) => ({
    found: "which is no address of this machine",
    expected: `${hostName} to be one of its addresses`,
  }),
};

/** Of a host that is a name: nobody knows it. */
const unknownName = /^(?:ENOTFOUND|EAI_AGAIN)$/;
