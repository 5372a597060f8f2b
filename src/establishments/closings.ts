import {
  type Announcement,
  type Clock,
  type Outcome,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { AccessChanges, type LetterSurroundings } from "./access-changes.ts";
import { type CloseCommand, type CloseRefusal, checkClosing } from "./access-commands.ts";
import { AccessStore } from "./access-store.ts";
import { type Access, unchanged } from "./access.ts";
import { mayAct } from "./act-authority.ts";
import { eachByItself } from "./each-by-itself.ts";
import { HolderStore } from "./holder-store.ts";
import type { Siret } from "./siret.ts";

/** What closing stands on. */
export interface ClosingSurroundings extends LetterSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly reportFault: (fault: unknown) => void;
}

/** Closes accesses: by an act, with their account, or by their date; and keeps which are still to be finished. The door to it is `Accesses`. */
export class Closings {
  readonly #surroundings: ClosingSurroundings;
  readonly #closed: Announcement<Access>;
  readonly #accesses: AccessStore;

  constructor(surroundings: ClosingSurroundings, closed: Announcement<Access>) {
    this.#surroundings = surroundings;
    this.#closed = closed;
    this.#accesses = new AccessStore(surroundings.database.knex);
  }

  /** As {@link Accesses.close} says. */
  async close(
    command: CloseCommand,
  ): Promise<Outcome<{ closed: Access[]; notOpen: Siret[] }, CloseRefusal>> {
    const checked = checkClosing(command);
    if (!checked.accepted) return checked;
    const { sirets, reason } = checked.value;
    const outcome = await this.#change(async (changes) => {
      const { by, accessId } = command;
      const [holder] = await changes.hold([command.account.id], by);
      if (!holder) return accepted({ ended: [], closed: [] });
      const why = (await mayAct(new HolderStore(changes.transaction), by))(holder);
      if (why) return refused({ reason: why });
      const now = this.#surroundings.clock.epochSeconds();
      const ended = await changes.endPastDate([holder], now);
      const closed = await changes.close(holder, sirets, { at: now, by, reason, accessId });
      await command.within?.(changes.transaction, closed);
      return accepted({ ended, closed });
    });
    if (!outcome.accepted) return outcome;
    const { ended, closed } = outcome.value;
    await this.#closed.tell([...ended, ...closed]);
    return accepted({ closed, notOpen: unchanged(sirets, closed) });
  }

  /**
   * Closes everything that is open to an account, in the transaction of a greater change, which has judged who may: its
   * deletion. @returns with the SIRETs, `announce`, to be called once all of it is written
   */
  async closeAllWithin(
    transaction: Transaction,
    account: { readonly id: number },
    closing: { readonly by: string; readonly reason: string },
  ): Promise<{ readonly sirets: readonly Siret[]; readonly announce: () => Promise<void> }> {
    const changes = new AccessChanges(transaction, this.#surroundings);
    const holders = await changes.hold([account.id]);
    const at = this.#surroundings.clock.epochSeconds();
    const ended = await changes.endPastDate(holders, at);
    const closed = await changes.closeAll(holders, { at, ...closing });
    const announce = () => this.#closed.tell([...ended, ...closed]);
    return { sirets: closed.map(({ siret }) => siret), announce };
  }

  /**
   * The job that closes accesses past their date, account by account, one transaction and one mail each. Nobody waits
   * for it to lose access: reads compare the date themselves.
   * @param stopping breaks off before the next account
   * @returns how many were closed.
   */
  async endExpired(stopping?: AbortSignal): Promise<number> {
    const now = this.#surroundings.clock.epochSeconds();
    const accounts = await this.#accesses.accountsPastDate(now);
    const end = async (accountId: number) => {
      const ended = await this.#change(async (changes) =>
        changes.endPastDate(await changes.hold([accountId]), now),
      );
      await this.#closed.tell(ended);
      return ended.length;
    };
    return eachByItself(accounts, this.#surroundings, end, stopping);
  }

  /** Closed accesses whose artifacts are still to be revoked, for the job that tries again. */
  closedButNotRevoked(limit: number): Promise<Access[]> {
    return this.#accesses.closedButNotRevoked(limit);
  }

  /**
   * Records that the artifacts made for a closed access are revoked, once, however many finish its closing.
   * @param within called last in the same transaction, by the one who records it
   * @returns false when it was before
   */
  async markRevoked(
    accessId: number,
    within: (transaction: Transaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<boolean> {
    const { clock, database } = this.#surroundings;
    return database.transaction(async (transaction) => {
      const store = this.#accesses.within(transaction);
      const marked = await store.markRevoked(accessId, clock.epochSeconds());
      if (marked) await within(transaction);
      return marked;
    });
  }

  #change<Result>(work: (changes: AccessChanges) => Promise<Result>): Promise<Result> {
    return this.#surroundings.database.transaction((transaction) =>
      work(new AccessChanges(transaction, this.#surroundings)),
    );
  }
}
