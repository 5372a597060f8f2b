import { randomBytes, randomInt } from "node:crypto";

/** The one source of chance (house rule 6): everything else receives a `Random`. */
export interface Random {
  /** `count` unpredictable bytes. */
  readonly bytes: (count: number) => Buffer;
  /** A secret of 256 bits as 43 characters of base64url: mailed links, client secrets, browser marks. */
  readonly secret: () => string;
  /** An opaque identifier of 128 bits as 22 characters of base64url. Not a secret. */
  readonly identifier: () => string;
  /** A number in [0, 1) that spreads retries and sweeps. Never for secrets. */
  readonly jitter: () => number;
}

/** The operating system's generator. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  secret: () => randomBytes(32).toString("base64url"),
  identifier: () => randomBytes(16).toString("base64url"),
  jitter: () => randomInt(2 ** 32) / 2 ** 32,
};
