import {
  type Clock,
  type Listener,
  type Outcome,
  type Problem,
  Announcement,
  accepted,
  days,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { longestReason } from "./access-commands.ts";
import { type AccessLetterName, type AccessOutbox, establishmentLetter } from "./access-letters.ts";
import {
  type AccessRequest,
  type AskCommand,
  type AskRefusal,
  type QueuedRequest,
  checkAsking,
  mostADay,
  mostWaiting,
} from "./access-request.ts";
import { AccessRequestStore, type RequestFilter } from "./access-request-store.ts";
import type { Access, Holder } from "./access.ts";
import type { Accesses } from "./accesses.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import { oneLine, toEstablishment } from "./establishment.ts";
import { HolderStore } from "./holder-store.ts";
import type { Siret } from "./siret.ts";

/** How to accept a request: everything it asks for unless `sirets` says what of it. */
export interface AcceptCommand {
  readonly id: number;
  readonly sirets?: readonly Siret[] | undefined;
  /** Epoch seconds: the accesses end at that second. */
  readonly untilAt?: number | undefined;
  /** Kept, and never shown to the person. */
  readonly reason?: string | undefined;
  /** Who does it: the `sub` of a member of staff, or `operator`. */
  readonly by: string;
}

/** How to refuse a request. The reason is told to the person. */
export interface RefuseCommand {
  readonly id: number;
  readonly reason: string;
  readonly by: string;
}

/** Why a request is not accepted. `request-not-waiting`: it is unknown, or somebody decided it before. */
export type AcceptRefusal =
  | "request-not-waiting"
  | "account-not-active"
  | "until-passed"
  | "siret-missing"
  | "siret-not-asked"
  | "reason-too-long";

/** Why a request is not refused. */
export type RefuseRefusal = "request-not-waiting" | "reason-missing" | "reason-too-long";

/** What requests need from outside. */
export interface AccessRequestSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: AccessOutbox;
  readonly accesses: Accesses;
  /** Where a person sees what became of their requests. */
  readonly requestsUrl: string;
  readonly serviceUrl: string;
  readonly reportFault: (fault: unknown) => void;
}

/** What partners ask to be opened: they ask, staff accept or refuse, each step with one mail. */
export class AccessRequests {
  readonly #surroundings: AccessRequestSurroundings;
  readonly #store: AccessRequestStore;
  readonly #decided: Announcement<QueuedRequest>;

  constructor(surroundings: AccessRequestSurroundings) {
    this.#surroundings = surroundings;
    this.#store = new AccessRequestStore(surroundings.database.knex);
    this.#decided = new Announcement(surroundings.reportFault);
  }

  /** Subscribes to what was decided, after it is written. */
  onDecided(listener: Listener<QueuedRequest>): void {
    this.#decided.subscribe(listener);
  }

  /** Keeps a request, within the limits of its account. */
  async ask(command: AskCommand): Promise<Outcome<AccessRequest, AskRefusal>> {
    const checked = checkAsking(command);
    if (!checked.accepted) return checked;
    return this.#surroundings.database.transaction(async (transaction) => {
      // Requests of one account stand in line here: parallel ones cannot pass the limits together.
      const [holder] = await new HolderStore(transaction).hold([command.account.id]);
      if (holder?.state !== "active") return refused({ reason: "account-not-active" });
      const now = this.#surroundings.clock.epochSeconds();
      const store = this.#store.within(transaction);
      const problem = limitProblem(await store.count(holder.id, now - days(1)), now);
      if (problem) return refused(problem);
      const { clientId } = command;
      const kept = { ...checked.value, accountId: holder.id, clientId, askedAt: now };
      const request = await store.insert(kept);
      await this.#write(transaction, "establishments/request-received", holder, request.sirets);
      return accepted(request);
    });
  }

  /** The queue and what was decided, the oldest first. */
  list(filter: RequestFilter = {}): Promise<QueuedRequest[]> {
    return this.#store.list(filter);
  }

  /** One request with who asks. */
  find(id: number): Promise<QueuedRequest | undefined> {
    return this.#store.find(id);
  }

  /** What an account asked, the newest first, at most `limit`. */
  ofAccount(accountId: number, limit = 20): Promise<AccessRequest[]> {
    return this.#store.ofAccount(accountId, limit);
  }

  /** Opens what is asked, with one mail. Of two who decide at once one does. */
  async accept(command: AcceptCommand): Promise<Outcome<{ opened: Access[] }, AcceptRefusal>> {
    const { id, by, untilAt } = command;
    const asked = await this.#store.find(id);
    if (!asked) return refused({ reason: "request-not-waiting" });
    const checked = checkAcceptance(command, asked);
    if (!checked.accepted) return checked;
    const { sirets, reason } = checked.value;
    const { accesses, clock, database } = this.#surroundings;
    const outcome = await database.transaction(async (transaction) => {
      const [holder] = await new HolderStore(transaction).hold([asked.accountId]);
      const now = clock.epochSeconds();
      if (holder?.state !== "active") return refused({ reason: "account-not-active" as const });
      if (untilAt !== undefined && untilAt <= now)
        return refused({ field: "untilAt", reason: "until-passed" as const });
      const decision = { state: "accepted", by, reason, at: now } as const;
      if (!(await this.#store.within(transaction).decide(id, decision)))
        return refused({ reason: "request-not-waiting" as const });
      const openings = sirets.map((siret) => ({ account: holder, siret, untilAt, reason, by }));
      const opening = await accesses.openWithin(transaction, openings);
      if (!opening.accepted) throw new Error(`a request: ${opening.problems[0].reason}`);
      // All of it was open before: the person is told all the same that the request was accepted.
      if (opening.value.opened.length === 0)
        await this.#write(transaction, "establishments/access-opened", holder, sirets);
      return opening;
    });
    if (!outcome.accepted) return outcome;
    await outcome.value.announce();
    await this.#tellDecided(id);
    return accepted({ opened: outcome.value.opened });
  }

  /** Refuses what is asked, with one mail that says why. */
  async refuse(command: RefuseCommand): Promise<Outcome<AccessRequest, RefuseRefusal>> {
    const { id, by } = command;
    const reason = oneLine(command.reason);
    if (reason === undefined) return refused({ field: "reason", reason: "reason-missing" });
    if (reason.length > longestReason) return refused(reasonTooLong);
    const { clock, database } = this.#surroundings;
    const outcome = await database.transaction(async (transaction) => {
      const decision = { state: "refused", by, reason, at: clock.epochSeconds() } as const;
      const request = await this.#store.within(transaction).decide(id, decision);
      if (!request) return refused({ reason: "request-not-waiting" as const });
      const [holder] = await new HolderStore(transaction).find([request.accountId]);
      const { sirets } = request;
      if (holder)
        await this.#write(transaction, "establishments/request-refused", holder, sirets, reason);
      return accepted(request);
    });
    if (outcome.accepted) await this.#tellDecided(id);
    return outcome;
  }

  /** Forgets what a person wrote, with the account. */
  erase(transaction: Transaction, { sub }: { readonly sub: string }): Promise<void> {
    return this.#store.within(transaction).erase(sub, this.#surroundings.clock.epochSeconds());
  }

  /** Removes what was asked at `before` or earlier (epoch seconds). @returns how many */
  purge(before: number): Promise<number> {
    return this.#store.removeOlder(before);
  }

  async #tellDecided(id: number): Promise<void> {
    const decided = await this.#store.find(id);
    if (decided) await this.#decided.tell([decided]);
  }

  async #write(
    transaction: Transaction,
    name: AccessLetterName,
    holder: Holder,
    sirets: readonly Siret[],
    reason?: string,
  ): Promise<void> {
    const { outbox, requestsUrl, serviceUrl } = this.#surroundings;
    const known = await new EstablishmentStore(transaction).findAll(sirets);
    const names = new Map(known.map((each) => [each.siret, each.name]));
    const establishments = sirets.map((siret) => toEstablishment(siret, names.get(siret)));
    const url = name === "establishments/access-opened" ? serviceUrl : requestsUrl;
    const details = { serviceUrl: url, reason };
    const letter = establishmentLetter(name, holder, establishments, details);
    if (letter) await outbox.enqueue(transaction, letter);
  }
}

const reasonTooLong = {
  field: "reason",
  reason: "reason-too-long",
  details: { maximum: longestReason },
} as const;

function limitProblem(
  { waiting, askedAt }: { readonly waiting: number; readonly askedAt: readonly number[] },
  now: number,
): Problem<AskRefusal> | undefined {
  if (waiting >= mostWaiting)
    return { reason: "requests-waiting", details: { maximum: mostWaiting } };
  const oldest = askedAt.at(-mostADay);
  if (oldest === undefined) return undefined;
  return { reason: "requests-too-many", details: { seconds: oldest + days(1) - now } };
}

function checkAcceptance(
  { sirets: chosen, reason: typed }: AcceptCommand,
  asked: AccessRequest,
): Outcome<{ readonly sirets: readonly Siret[]; readonly reason?: string }, AcceptRefusal> {
  const reason = oneLine(typed);
  if (reason !== undefined && reason.length > longestReason) return refused(reasonTooLong);
  const sirets = [...new Set(chosen ?? asked.sirets)].sort();
  const field = "siret";
  if (sirets.length === 0) return refused({ field, reason: "siret-missing" });
  if (!sirets.every((siret) => asked.sirets.includes(siret)))
    return refused({ field, reason: "siret-not-asked" });
  return accepted({ sirets, ...(reason !== undefined && { reason }) });
}
