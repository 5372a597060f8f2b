import { once } from "node:events";
import { createServer } from "node:net";
import { ConfigurationError } from "./configuration-error.ts";

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
  const { found, expected } = judged;
  return new ConfigurationError([{ name, found: `${port} on ${address}, ${found}`, expected }]);
}

/**
 * Looks whether nobody listens at `PORT`. Workers share it with whoever shares it as well: those of another node would take a
 * part of the connections, and nothing would tell.
 * @throws ConfigurationError when somebody does
 */
export async function refuseTakenPort(at: {
  readonly host: string;
  readonly port: number;
}): Promise<void> {
  const server = createServer();
  try {
    server.listen({ ...at, exclusive: true });
    await once(server, "listening");
  } catch (fault) {
    throw portFault(fault as Error, { PORT: at.port });
  }
  server.close();
  await once(server, "close");
}

/** Of the system, as Node tells it. */
interface ListenFault {
  readonly code: string;
  readonly port: number;
  readonly address: string;
}

const faults: Readonly<Record<string, { readonly found: string; readonly expected: string }>> = {
  EADDRINUSE: { found: "where another process listens", expected: "a free port" },
  EACCES: {
    found: "which this user may not listen at",
    expected: "a port from 1024 on, behind a proxy",
  },
  EADDRNOTAVAIL: {
    found: "which is no address of this machine",
    expected: "HOST to be one of its addresses",
  },
};
