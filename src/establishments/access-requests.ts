import { type AuthorityReason, requiredActReason } from "../accounts/index.ts";
import {
  type Announcement,
  type Listener,
  type Outcome,
  accepted,
  refused,
  readText,
} from "../foundation/index.ts";
import type { Share, Span, Transaction } from "../storage/index.ts";
import { AccessRequestStore, type RequestFilter } from "./access-request-store.ts";
import type {
  AccessRequest,
  AskCommand,
  AskRefusal,
  Asked,
  QueuedRequest,
} from "./access-request.ts";
import { type ChargeCommand, changeCharge } from "./request-charge.ts";
import { type AskedAbout, RequestSurroundingsStore } from "./request-surroundings-store.ts";
import type { Access, Holder } from "./access.ts";
import { mayAct } from "./act-authority.ts";
import type { Accesses } from "./accesses.ts";
import { HolderStore } from "./holder-store.ts";
import { decidedEvents } from "./recorded-acts.ts";
import { acceptWithin } from "./request-acceptance.ts";
import { type AskingSurroundings, ask, known } from "./request-asking.ts";
import {
  type AcceptCommand,
  type AcceptRefusal,
  type RefuseCommand,
  type RefuseRefusal,
  type WithdrawRequestCommand,
  checkAcceptance,
} from "./request-commands.ts";
import { named, writeRefusal } from "./request-letters.ts";
import type { Siret } from "./siret.ts";
import { tellDecided } from "./settlement.ts";

/** What requests need from outside. */
export interface AccessRequestSurroundings extends AskingSurroundings {
  readonly accesses: Accesses;
  readonly serviceUrl: string;
  /** Tells of what was decided, after it is written. */
  readonly decided: Announcement<QueuedRequest>;
}

/** What partners ask to be opened: they ask, staff accept or refuse, each step with one mail. */
export class AccessRequests {
  readonly #surroundings: AccessRequestSurroundings;
  readonly #store: AccessRequestStore;

  constructor(surroundings: AccessRequestSurroundings) {
    this.#surroundings = surroundings;
    this.#store = new AccessRequestStore(surroundings.database.knex);
  }

  /** Subscribes to what was decided, after it is written. */
  onDecided(listener: Listener<QueuedRequest>): void {
    this.#surroundings.decided.subscribe(listener);
  }

  /** Keeps what is new of a request ({@link ask}). */
  ask(command: AskCommand): Promise<Outcome<Asked, AskRefusal>> {
    return ask(this.#surroundings, command);
  }

  /** What of these establishments waits for an account, or is open to it. */
  known(
    account: { readonly id: number },
    sirets: readonly Siret[],
  ): Promise<Pick<Asked, "alreadyWaiting" | "alreadyOpen">> {
    return known(this.#surroundings, account, sirets);
  }

  /** The queue and what was decided, the oldest first. */
  list(filter: RequestFilter = {}): Promise<QueuedRequest[]> {
    return this.#store.list(filter);
  }

  /**
   * How many wait, or of them those asked before an instant (epoch seconds).
   * @param most where counting ends: a badge has no room for more
   */
  waitingCount({
    askedBefore = Number.MAX_SAFE_INTEGER,
    most = 100_000,
  }: {
    readonly askedBefore?: number;
    readonly most?: number;
  } = {}): Promise<number> {
    return this.#store.countWaiting(askedBefore, most);
  }

  /** How many wait of what was asked until an instant (epoch seconds), the oldest and the newest. */
  waitingSpan(askedUntil: number): Promise<Span> {
    return this.#store.waitingSpan(askedUntil);
  }

  /** What whoever decides about a request sees of its establishments. */
  about({ sirets, accountId }: QueuedRequest): Promise<ReadonlyMap<Siret, AskedAbout>> {
    const { database, clock } = this.#surroundings;
    const store = new RequestSurroundingsStore(database.knex);
    return store.about(sirets, { accountId, now: clock.epochSeconds() });
  }

  /** Takes a request in charge, hands it on or lets it go ({@link changeCharge}). */
  charge(command: ChargeCommand): ReturnType<typeof changeCharge> {
    return changeCharge(this.#surroundings, command);
  }

  /** One request with who asks. */
  find(id: number): Promise<QueuedRequest | undefined> {
    return this.#store.find(id);
  }

  /** What an account asked: what waits, then what was decided, the newest first, at most `limit`. */
  ofAccount(accountId: number, limit = 20): Promise<AccessRequest[]> {
    return this.#store.ofAccount(accountId, limit);
  }

  /**
   * Opens what is asked, with one mail that says what was not accepted, too. Of two who decide at once one does.
   * Where all of it was open before nobody is told: nothing changes for the person.
   */
  async accept(command: AcceptCommand): Promise<Outcome<{ opened: Access[] }, AcceptRefusal>> {
    const { id, by, untilAt } = command;
    const asked = await this.#store.find(id);
    if (asked?.state !== "waiting") return refused({ reason: "request-not-waiting" });
    const checked = checkAcceptance(command, asked);
    if (!checked.accepted) return checked;
    const outcome = await this.#surroundings.database.transaction((transaction) =>
      acceptWithin(this.#surroundings, transaction, asked, { ...checked.value, by, untilAt }),
    );
    if (!outcome.accepted) return outcome;
    await outcome.value.announce();
    await tellDecided(this.#surroundings, id);
    return accepted({ opened: outcome.value.opened });
  }

  /** Refuses what is asked, with one mail that says why. */
  async refuse(command: RefuseCommand): Promise<Outcome<AccessRequest, RefuseRefusal>> {
    const { id, by } = command;
    const checked = readText(requiredActReason, command.reason);
    if (!checked.accepted) return checked;
    const reason = checked.value;
    const outcome = await this.#decide(
      id,
      "refused",
      { by, refusalReason: reason },
      async (transaction, decided, holder) => {
        const left = decided.establishments.filter(({ state }) => state === "refused");
        const establishments = await named(
          transaction,
          left.map(({ siret }) => siret),
        );
        await writeRefusal(this.#surroundings, transaction, holder, establishments, reason);
      },
    );
    if (outcome.accepted) await tellDecided(this.#surroundings, id);
    return outcome;
  }

  /** Takes one's own request back while it waits. Nobody is written to. */
  async withdraw({
    id,
    account,
  }: WithdrawRequestCommand): Promise<
    Outcome<AccessRequest, "request-not-waiting" | AuthorityReason>
  > {
    const asked = await this.#store.find(id);
    if (asked?.accountId !== account.id) return refused({ reason: "request-not-waiting" });
    const outcome = await this.#decide(id, "withdrawn", { by: account.sub });
    if (outcome.accepted) await tellDecided(this.#surroundings, id);
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

  /** Of all, those that {@link AccessRequests.purge} would remove. */
  purgeShare(before: number): Promise<Share> {
    return this.#store.share(before);
  }

  /** Decides all that waits of a request alike. */
  async #decide(
    id: number,
    state: "refused" | "withdrawn",
    how: { readonly by: string; readonly refusalReason?: string },
    follow?: (transaction: Transaction, decided: AccessRequest, holder: Holder) => Promise<void>,
  ): Promise<Outcome<AccessRequest, "request-not-waiting" | AuthorityReason>> {
    const asked = await this.#store.find(id);
    if (!asked) return refused({ reason: "request-not-waiting" });
    const { clock, database, recordSoon } = this.#surroundings;
    let placed = () => Promise.resolve();
    const outcome = await database.transaction<
      Outcome<AccessRequest, "request-not-waiting" | AuthorityReason>
    >(async (transaction) => {
      const holders = new HolderStore(transaction);
      // To withdraw is the person's own.
      const judged = state === "refused" ? how.by : undefined;
      const [holder] = await holders.hold([asked.accountId], judged);
      const may = judged === undefined ? undefined : await mayAct(holders, judged);
      const why = may?.(holder);
      if (why) return refused({ reason: why });
      const establishments = asked.sirets.map((siret) => ({ siret, state }));
      const decision = { establishments, ...how, at: clock.epochSeconds() };
      const decided = await this.#store.within(transaction).decide(id, decision);
      if (!decided) return refused({ reason: "request-not-waiting" as const });
      if (holder) await follow?.(transaction, decided, holder);
      placed = await recordSoon(transaction, decidedEvents(decided, asked.sub, state));
      return accepted(decided);
    });
    await placed();
    return outcome;
  }
}
