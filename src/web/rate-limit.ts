import { AppError, type Clock, hours, keyedDigest, minutes } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { clientNetwork } from "./client-address.ts";
import { type RateLimit, RateLimitStore } from "./rate-limit-store.ts";

/** What requests are counted for, each apart from the others. */
export type RateLimitPurpose =
  | "sign-up"
  | "sign-in"
  | "recovery"
  | "resend"
  | "validation"
  | "authorization"
  | "client-registration";

/** Limits per client address and purpose, kept in the register: they hold across restarts and nodes. */
export interface RateLimits {
  readonly limit: (purpose: RateLimitPurpose) => {
    /**
     * Counts one request. Call it before the work, and outside transactions.
     * @param clientAddress `ctx.ip`
     * @throws AppError `too-many-requests` (429, `retryAfterSeconds`) beyond the limit
     */
    readonly consume: (clientAddress: string | undefined) => Promise<void>;
  };
  /** Deletes counters whose window has ended. @returns how many */
  readonly purge: () => Promise<number>;
}

/** The limits of each purpose, of which two are settings (contract §2). Offices share one address. */
export function rateLimitsFor(settings: {
  readonly signUpsPerAddressPerHour: number;
  readonly signInsPerAddressPerMinute: number;
}): Readonly<Record<RateLimitPurpose, RateLimit>> {
  const { signUpsPerAddressPerHour, signInsPerAddressPerMinute } = settings;
  const asSignUps = { requests: signUpsPerAddressPerHour, windowSeconds: hours(1) };
  const asSignIns = { requests: signInsPerAddressPerMinute, windowSeconds: minutes(1) };
  return {
    "sign-up": asSignUps,
    recovery: asSignUps,
    resend: asSignUps,
    "sign-in": asSignIns,
    validation: asSignIns,
    "client-registration": asSignIns,
    // Renewals without a person and single sign-on go through here too: only a flood reaches it.
    authorization: { requests: 300 * signInsPerAddressPerMinute, windowSeconds: minutes(1) },
  };
}

/** Authorizations are counted in the register by so many at a time: one write for fifty of them. */
const authorizationsALease = 50;

/**
 * One conditional statement of ours, and not rate-limiter-flexible 11: its SQLite limiter gives knex's
 * connection back before its savepoint has ended, which broke 99 of 100 transactions of the register
 * under way at the same time ("cannot start a transaction within a transaction"), and it reads
 * `Date.now()` itself.
 *
 * When the clock is put back, the windows under way are void and new ones open: nobody waits for the
 * clock to catch up, and a count starts anew once.
 * @param options.key makes the stored keys digests: an IP address is personal data, and is not kept
 */
export function createRateLimits(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly key: string | Buffer;
  readonly limits: Readonly<Record<RateLimitPurpose, RateLimit>>;
}): RateLimits {
  const { clock, key, limits } = options;
  const store = new RateLimitStore(options.database.knex);
  const leases = createLeases();

  const consume = async (purpose: RateLimitPurpose, address: string | undefined): Promise<void> => {
    const now = clock.epochSeconds();
    const limit = limits[purpose];
    const counter = `${purpose}:${keyedDigest(key, clientNetwork(address))}`;
    if (leases.use(counter, now)) return;
    const hits = Math.min(purpose === "authorization" ? authorizationsALease : 1, limit.requests);
    const windowEnd = await store.take(counter, hits, limit, now);
    if (windowEnd === undefined) {
      const retryAfterSeconds = Math.max(1, ((await store.windowEnd(counter)) ?? now) - now);
      throw new AppError("too-many-requests", { status: 429, retryAfterSeconds });
    }
    if (hits > 1) leases.add(counter, hits - 1, windowEnd);
  };
  return {
    limit: (purpose) => ({ consume: (address) => consume(purpose, address) }),
    purge: () => store.purge(clock.epochSeconds()),
  };
}

/** What was counted in the register and not used yet, in this process. */
function createLeases(): {
  readonly use: (counter: string, now: number) => boolean;
  readonly add: (counter: string, hits: number, windowEnd: number) => void;
} {
  const mostLeases = 10_000;
  const leases = new Map<string, { left: number; readonly windowEnd: number }>();
  return {
    use: (counter, now) => {
      const lease = leases.get(counter);
      if (!lease || lease.left === 0 || lease.windowEnd <= now) return false;
      lease.left -= 1;
      return true;
    },
    add: (counter, hits, windowEnd) => {
      // Forgetting them only counts some requests twice; it bounds the memory a flood can take.
      if (leases.size >= mostLeases) leases.clear();
      leases.set(counter, { left: hits, windowEnd });
    },
  };
}
