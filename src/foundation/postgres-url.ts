/**
 * The servers that a PostgreSQL address names, as one address each: `postgres://user:password@one:5432,two:5432/database`
 * has two. Hosts in `?host=` (sockets: `?host=/run/postgresql`) are told apart by commas too, with as many ports or one.
 * @returns undefined when it is no such address
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function postgresServers(url: string): readonly string[] | undefined {
  const found = /^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)([^/?#@]*)([/?][^#]*)?$/.exec(url);
  if (!found) return undefined;
  const [, head = "", hosts = "", rest = ""] = found;
  const servers = hosts.split(",").flatMap((host) => byQuery(`${head}${host}`, rest));
  return servers.every(isOneServer) ? servers : undefined;
}

/** The same address without its password, which a list of processes or a page would show. */
export function withoutPassword(url: string): string {
  const [address = "", query] = url.split("?", 2);
  const shown = address.replace(/^([a-z]+:\/\/[^/?#@:]*):[^/?#@]*@/, "$1@");
  if (query === undefined) return shown;
  const kept = new URLSearchParams(query);
  for (const name of [...kept.keys()]) if (/pass/i.test(name)) kept.delete(name);
  // libpq reads + as itself, not as a space.
  const text = kept.toString().replaceAll("+", "%20");
  return text === "" ? shown : `${shown}?${text}`;
}

function byQuery(address: string, rest: string): string[] {
  const [path = "", query = ""] = rest.split("?", 2);
  const names = new URLSearchParams(query);
  const hosts = names.get("host")?.split(",");
  if (!hosts) return [`${address}${rest}`];
  const ports = names.get("port")?.split(",");
  return hosts.map((host, index) => {
    names.set("host", host);
    const port = ports?.[index] ?? ports?.[0];
    if (port !== undefined) names.set("port", port);
    return `${address}${path}?${names.toString()}`;
  });
}

/** A user without a host (`postgres://user@/database?host=/run/postgresql`) is no URL to the standard, and one to PostgreSQL. */
function isOneServer(address: string): boolean {
  return URL.canParse(address.replace(/@(?=[/?]|$)/, "@socket"));
}
