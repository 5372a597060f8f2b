/** Where a Redis (or Valkey) is: one server, those that sentinels name, or a cluster. */
export interface RedisAddress {
  readonly kind: "server" | "sentinel" | "cluster";
  /** The server, the sentinels, or some nodes of the cluster. */
  readonly hosts: readonly RedisHost[];
  /** Whether it is spoken to by TLS, and shows a certificate for its host. */
  readonly tls: boolean;
  /** The file of the authorities that the certificate is held against, in place of the public ones. */
  readonly caFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** What the sentinels ask for, which is not what the servers ask for. */
  readonly sentinelPassword: string | undefined;
  /** What the sentinels call the master. */
  readonly name: string | undefined;
  readonly database: number;
}

/** One of them. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** What is expected, in words, of who gave another address. */
export const redisAddressForm =
  "redis://user:password@host:port/0, redis+sentinel://…@host:port,host:port/NAME or redis+cluster://…@host:port,host:port (rediss… for TLS)";

/**
 * Reads the address of a Redis: `redis://`, `redis+sentinel://` and `redis+cluster://`, each with `rediss` for TLS. User and
 * password are percent-encoded; `?ca=FILE` and `?sentinel_password=` may follow, and `?db=` for sentinels.
 * @returns undefined when it is no such address
 */
export function redisAddress(url: string): RedisAddress | undefined {
  const found = pattern.exec(url)?.groups;
  if (!found) return undefined;
  const kind = (found["way"] ?? "server") as RedisAddress["kind"];
  const path = found["path"] ?? "";
  const options = new URLSearchParams(found["query"]);
  const hosts = hostsOf(found["hosts"] ?? "", kind);
  const texts = [...loginOf(found["login"] ?? ""), path].map(decoded);
  const database = databaseOf[kind](path, options);
  const isKnown = [...options.keys()].every((key) => optionsOf[kind].includes(key));
  if (!hosts || !isKnown || database === undefined || texts.includes(null)) return undefined;
  const [username, password, name] = texts.map((text) => text ?? undefined);
  const option = (key: string) => options.get(key) ?? undefined;
  const tls = found["secure"] === "s";
  return {
    ...{ kind, hosts, tls, database, username, password, caFile: option("ca") },
    name: kind === "sentinel" ? name : undefined,
    sentinelPassword: option("sentinel_password"),
  };
}

const pattern =
  /^redis(?<secure>s?)(?:\+(?<way>sentinel|cluster))?:\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^/?#]*))?(?:\?(?<query>[^#]*))?$/;

const usualPorts = { server: 6379, sentinel: 26_379, cluster: 6379 } as const;

/** The number of the database; undefined where the path says nothing that may be. */
const databaseOf: Readonly<
  Record<RedisAddress["kind"], (path: string, options: URLSearchParams) => number | undefined>
> = {
  server: (path) => (/^\d{0,4}$/.test(path) ? Number(path) : undefined),
  sentinel: (path, options) => {
    const number = options.get("db") ?? "0";
    return path !== "" && /^\d{1,4}$/.test(number) ? Number(number) : undefined;
  },
  cluster: (path) => (path === "" || path === "0" ? 0 : undefined),
};

const optionsOf: Readonly<Record<RedisAddress["kind"], readonly string[]>> = {
  server: ["ca"],
  sentinel: ["ca", "db", "sentinel_password"],
  cluster: ["ca"],
};

/** The user may be left out, and the colon before a password too where there is none. */
function loginOf(login: string): readonly [username: string, password: string] {
  const colon = login.indexOf(":");
  return colon < 0 ? [login, ""] : [login.slice(0, colon), login.slice(colon + 1)];
}

function hostsOf(text: string, kind: RedisAddress["kind"]): RedisHost[] | undefined {
  const hosts = text.split(",").map((host) => hostOf(host, usualPorts[kind]));
  if (kind === "server" && hosts.length > 1) return undefined;
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}

function hostOf(text: string, usualPort: number): RedisHost | undefined {
  const [, host, port = String(usualPort)] =
    /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** @returns undefined for nothing, null when it is not percent-encoded as it should be */
function decoded(text: string): string | null | undefined {
  try {
    return text === "" ? undefined : decodeURIComponent(text);
  } catch {
    return null;
  }
}
