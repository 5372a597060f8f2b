import type { Clock } from "../foundation/index.ts";
import type { Account } from "./account.ts";

/** What was proven, mailed or granted under the credentials that an account had then. */
export interface UnderCredentials {
  /** {@link Account.credentials} as it was; undefined where release 0.2.0 wrote it. */
  readonly credentials?: string | undefined;
  /** When it was proven or made, epoch seconds. */
  readonly at: number;
}

/** An account as far as what was proven is judged by it. */
export type CredentialsHolder = Pick<Account, "credentials" | "credentialsChangedAt">;

/**
 * Whether what was proven still counts: nothing that voids it has happened since. Compared for equality: an
 * order of instants would let through what was proven in the very second of the change, or on its way while it came.
 *
 * What carries no credentials was written by a node of release 0.2.0 on the same database, and is judged as that
 * release does, by whole seconds. That goes with the release after this one.
 */
export function stillCounts(
  { credentials, at }: UnderCredentials,
  account: CredentialsHolder,
  clock: Clock,
): boolean {
  if (credentials !== undefined) return credentials === account.credentials;
  const { credentialsChangedAt } = account;
  // One in the future was written by a clock that has since been put back: believed, it would void every new
  // sign-in until the clock has caught up.
  return credentialsChangedAt > clock.epochSeconds() || at >= credentialsChangedAt;
}
