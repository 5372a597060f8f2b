import { postgresServers, redisAddress, redisAddressForm } from "../foundation/index.ts";
import type { SettingReader } from "./setting-reader.ts";

/** Where the artifacts are kept, when that is not beside the register. */
export interface ArtifactSettings {
  /** A Redis, or another PostgreSQL. */
  readonly artifactsUrl: string | undefined;
  /** How long a replica of a Redis is waited for with what must not come back; 0: none is. */
  readonly artifactsWaitMilliseconds: number;
}

/** Reads them. */
export function readArtifactSettings(read: SettingReader): ArtifactSettings {
  const expected = `${redisAddressForm}, or postgres://user:password@host:port/database`;
  const accepts = (url: string) =>
    redisAddress(url) !== undefined || postgresServers(url) !== undefined;
  return {
    artifactsUrl: read.optional("ARTIFACTS_URL", expected, accepts) || undefined,
    artifactsWaitMilliseconds: read.count("ARTIFACTS_WAIT", 1000, 0, 10_000),
  };
}
