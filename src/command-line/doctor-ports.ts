import { type Listener, freePorts, problemsOf } from "../operations/index.ts";
import { type DoctorParts, type Finding, fine, problem } from "./doctor-finding.ts";
import { ask } from "./doctor-request.ts";

/** Where this node listens, or would: whoever else listens there keeps it from starting. */
export async function checkPorts({ settings, wrong }: DoctorParts): Promise<readonly Finding[]> {
  // With the application comes oidc-provider: see opened-application.
  const { ownListeners } = await import("../examination/index.ts");
  const known = ownListeners(settings).filter(
    ({ name, hostName = name }) => !wrong?.has(name) && !wrong?.has(hostName),
  );
  const found = known.map((listener) => portFindings(listener, settings.issuer));
  return (await Promise.all(found)).flat();
}

async function portFindings(listener: Listener, issuer: string): Promise<readonly Finding[]> {
  const { name, host, port } = listener;
  if (await isProvider(listener, issuer)) {
    return [fine("ports", `${name} ${port} on ${host}: this provider listens`)];
  }
  const problems = await problemsOf(freePorts([listener]));
  if (problems.length === 0) {
    return [fine("ports", `${name} ${port} on ${host} is free: no server runs there`)];
  }
  return problems.map(({ found, expected }) =>
    problem("ports", `${name}: ${found}`, `give ${expected}, or end what listens there`),
  );
}

/** Whether who listens there says that it is this provider. */
async function isProvider({ name, host, port }: Listener, issuer: string): Promise<boolean> {
  const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };
  const root = `http://${everywhere[host] ?? (host.includes(":") ? `[${host}]` : host)}:${port}`;
  try {
    if (name === "METRICS_PORT")
      return (await ask(new URL(`${root}/metrics`))).body.includes("lopauth_");
    const { body } = await ask(new URL(`${root}/.well-known/openid-configuration`));
    return (JSON.parse(body) as { issuer?: unknown } | null)?.issuer === issuer;
  } catch {
    return false;
  }
}
