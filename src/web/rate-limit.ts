import { AppError, type Clock, hours, keyedDigest, minutes } from "../foundation/index.ts";
import { type Database, MaintenanceFault } from "../storage/index.ts";
import { clientNetwork } from "./client-address.ts";
import { countsInProcess } from "./counts-in-process.ts";
import { type RateLimit, RateLimitStore } from "./rate-limit-store.ts";

/** What requests are counted for, each apart from the others. */
export type RateLimitPurpose =
  | "sign-up"
  | "sign-in"
  | "recovery"
  | "resend"
  | "validation"
  | "authorization"
  | "posted-request"
  | "kept"
  | "kept-of-client"
  | "new-password"
  | "known"
  | "client-registration";

/**
 * Counts one request right before it costs something: an empty or malformed form costs nothing, and counts nothing. What
 * counted nothing is recorded nowhere either, for what a stranger may do without end must not be written down.
 */
export interface Spending {
  /**
   * @param known whom it is counted for instead of the client's address, by a limit of its own: an account, or its known
   * browser, that strangers of the same address must not keep out
   * @throws AppError `too-many-requests` (429, `retryAfterSeconds`) beyond the limit
   */
  readonly spend: (known?: string) => Promise<void>;
  readonly isSpent: () => boolean;
}

/** Counts nothing: for acts that no request asks for. */
export const spentFreely: Spending = { spend: () => Promise.resolve(), isSpent: () => true };

/** Limits per client address and purpose, kept in the register: they hold across restarts and nodes. */
export interface RateLimits {
  readonly limit: (purpose: RateLimitPurpose) => {
    /**
     * Counts one request. Call it before the work, and outside transactions.
     * @param clientAddress `ctx.ip`
     * @param cost what it counts as, where requests differ; 1 unless told
     * @param apart what is counted apart from others of the same address: a client
     * @throws AppError `too-many-requests` (429, `retryAfterSeconds`) beyond the limit
     */
    readonly consume: (
      clientAddress: string | undefined,
      cost?: number,
      apart?: string,
    ) => Promise<void>;
    /** The same for one request, by an act that knows when it begins to cost. */
    readonly spending: (clientAddress: string | undefined) => Spending;
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
    "new-password": asSignIns,
    // Of one account, or of one of its browsers: what a person does by hand, and a program does not.
    known: { requests: 30, windowSeconds: minutes(1) },
    "client-registration": asSignIns,
    // Renewals without a person and single sign-on go through here too: only a flood reaches it.
    authorization: { requests: 300 * signInsPerAddressPerMinute, windowSeconds: minutes(1) },
    // In kB, for each is kept for a minute: 12 MB an hour, six thousand ordinary sign-outs.
    "posted-request": { requests: 12 * 1024, windowSeconds: hours(1) },
    // In kB too: what authorizations under way hold, of one client and of all. Eight thousand ordinary sign-ins an hour.
    "kept-of-client": { requests: 12 * 1024, windowSeconds: hours(1) },
    kept: { requests: 24 * 1024, windowSeconds: hours(1) },
  };
}

/** What each authorization counts is counted in the register by so many at a time: one write for fifty of them. */
const leaseSizes: Partial<Record<RateLimitPurpose, number>> = {
  authorization: 50,
  // In kB.
  kept: 128,
  "kept-of-client": 128,
};

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
export function createRateLimits(options: RateLimitParts): RateLimits {
  const { clock, limits } = options;
  const store = readsMeanwhile(new RateLimitStore(options.database.knex));
  const take: TakeHits = (purpose, network, hits) =>
    takeHits(store, options, { purpose, network, hits });
  const leases = leasesOf(limits, clock, take);
  const consume = async (
    purpose: RateLimitPurpose,
    address: string | undefined,
    cost: number,
    apart?: string,
  ) => {
    const network = clientNetwork(address);
    const counted = apart === undefined ? network : `${network} ${apart}`;
    const useLease = leases.get(purpose);
    if (useLease) await useLease(counted, cost);
    else await take(purpose, counted, cost);
  };
  return {
    limit: (purpose) => ({
      consume: (address, cost = 1, apart) => consume(purpose, address, cost, apart),
      spending: (address) => {
        let isSpent = false;
        return {
          isSpent: () => isSpent,
          spend: async (known) => {
            isSpent = true;
            await (known === undefined ? consume(purpose, address, 1) : consume("known", known, 1));
          },
        };
      },
    }),
    purge: () => store.purge(clock.epochSeconds()),
  };
}

/** What limits are built of. */
export interface RateLimitParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly key: string | Buffer;
  readonly limits: Readonly<Record<RateLimitPurpose, RateLimit>>;
}

/** Counts in the register. @returns when the window ends */
type TakeHits = (purpose: RateLimitPurpose, network: string, hits: number) => Promise<number>;

/** The register's counters; while it only reads, those of this process: single sign-on is served then, and stays limited. */
function readsMeanwhile(store: RateLimitStore) {
  const meanwhile = countsInProcess();
  return {
    purge: (now: number) => store.purge(now),
    take: async (...counted: Parameters<RateLimitStore["take"]>) => {
      try {
        return await store.take(...counted);
      } catch (fault) {
        if (!(fault instanceof MaintenanceFault)) throw fault;
        return meanwhile.take(...counted);
      }
    },
    windowEnd: async (key: string) =>
      Math.max(meanwhile.windowEnd(key) ?? 0, (await store.windowEnd(key)) ?? 0),
  };
}

/** @throws AppError `too-many-requests`, with when the window ends */
async function takeHits(
  store: ReturnType<typeof readsMeanwhile>,
  { clock, key, limits }: RateLimitParts,
  of: { readonly purpose: RateLimitPurpose; readonly network: string; readonly hits: number },
): Promise<number> {
  const now = clock.epochSeconds();
  const counter = `${of.purpose}:${keyedDigest(key, of.network)}`;
  const windowEnd = await store.take(counter, of.hits, limits[of.purpose], now);
  if (windowEnd !== undefined) return windowEnd;
  const retryAfterSeconds = Math.max(1, (await store.windowEnd(counter)) - now);
  throw new AppError("too-many-requests", { status: 429, retryAfterSeconds });
}

/** The purposes that are counted by many at a time. */
function leasesOf(limits: RateLimitParts["limits"], clock: Clock, take: TakeHits) {
  return new Map(
    Object.entries(leaseSizes).map(([name, size]) => {
      const purpose = name as RateLimitPurpose;
      const hits = Math.min(size, limits[purpose].requests);
      return [purpose, createLeases({ hits, clock, take: (of) => take(purpose, of, hits) })];
    }),
  );
}

/** How many networks a process holds leases of. */
const mostLeases = 10_000;

/**
 * Uses what was counted in the register and not used yet, in this process. Requests that find nothing left wait for one
 * write together: were each to write, ten at once would count five hundred. None costs more than a lease holds.
 * @param options.take counts `hits` for a network, and says when their window ends
 */
function createLeases(options: {
  readonly hits: number;
  readonly clock: Clock;
  readonly take: (network: string) => Promise<number>;
}): (network: string, cost: number) => Promise<void> {
  const leases = new Map<string, { left: number; readonly windowEnd: number }>();
  const coming = new Map<string, Promise<void>>();

  const renew = async (network: string): Promise<void> => {
    try {
      const windowEnd = await options.take(network);
      const before = leases.get(network);
      const rest = before?.windowEnd === windowEnd ? before.left : 0;
      // Forgetting them only counts some requests twice; it bounds the memory a flood can take.
      if (leases.size >= mostLeases) leases.clear();
      leases.set(network, { left: rest + options.hits, windowEnd });
    } finally {
      coming.delete(network);
    }
  };
  return async (network, cost) => {
    for (;;) {
      const lease = leases.get(network);
      if (lease && lease.left >= cost && lease.windowEnd > options.clock.epochSeconds()) {
        lease.left -= cost;
        return;
      }
      const renewing = coming.get(network) ?? renew(network);
      coming.set(network, renewing);
      await renewing;
    }
  };
}
