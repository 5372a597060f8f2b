import { readFileSync } from "node:fs";
import { nextTick } from "node:process";
import { type ConnectionOptions, type TLSSocket, connect } from "node:tls";
import { AbstractConnector, type SentinelConnectionOptions, SentinelConnector } from "ioredis";
import { type RedisAddress, faultWord } from "../foundation/index.ts";
import { ConfigurationError } from "../operations/index.ts";

/**
 * The certificate is always verified, against the host that was asked for.
 * @throws ConfigurationError when the file of authorities cannot be read
 */
export function tlsOf({ caFile }: RedisAddress): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    ...(caFile !== undefined && { ca: authoritiesIn(caFile) }),
  };
}

function authoritiesIn(caFile: string): string {
  try {
    return readFileSync(caFile, "utf8");
  } catch (error) {
    const found = `?ca= ${caFile} (${faultWord(error) ?? "unknown"})`;
    const expected = "a readable file of certificates";
    throw new ConfigurationError([{ name: "ARTIFACTS_URL", found, expected }]);
  }
}

/** What ioredis gives to who connects for it. */
interface ConnectorOptions {
  readonly disconnectTimeout: number;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: ConnectionOptions;
}

/**
 * Connects by TLS. ioredis listens to the first error of a socket alone, and one whose certificate is refused may have two: the
 * second, unheard, would end the process.
 */
export class TlsConnector extends AbstractConnector {
  readonly #options: ConnectorOptions;

  constructor(options: unknown) {
    super((options as ConnectorOptions).disconnectTimeout);
    this.#options = options as ConnectorOptions;
  }

  override connect(): Promise<TLSSocket> {
    this.connecting = true;
    const { host, port, tls } = this.#options;
    return new Promise((resolve, reject) => {
      nextTick(() => {
        if (!this.connecting) {
          reject(new Error("Connection is closed."));
          return;
        }
        const stream = connect({
          ...(host !== undefined && { host }),
          ...(port !== undefined && { port }),
          ...tls,
        });
        stream.on("error", (error) => (this.firstError ??= error));
        this.stream = stream;
        resolve(stream);
      });
    });
  }
}

/** The same, where sentinels say whom to connect to. */
export class SentinelTlsConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(
    ...told: Parameters<SentinelConnector["connect"]>
  ): ReturnType<SentinelConnector["connect"]> {
    const stream = await super.connect(...told);
    stream.on("error", () => undefined);
    return stream;
  }
}
