import { type Clock, type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import {
  type CloseCommand,
  type CloseRefusal,
  type OpenCommand,
  type OpenRefusal,
  checkClosing,
  checkOpening,
} from "./access-commands.ts";
import { type AccessFilter, AccessHistoryStore } from "./access-history-store.ts";
import { type AccessLetterName, type AccessOutbox, accessLetter } from "./access-letters.ts";
import { AccessStore } from "./access-store.ts";
import { type Access, type AccessEntry, type Holder, unchanged } from "./access.ts";
import { Announcement, type Listener } from "./announcement.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import type { Establishment } from "./establishment.ts";
import { OpenAccessStore } from "./open-access-store.ts";
import type { Siret } from "./siret.ts";

const untilPassed = refused({ field: "untilAt", reason: "until-passed" as const });

/** What this room needs from outside. */
export interface AccessSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: AccessOutbox;
  /** Where the letters lead: the service that the person may now use. */
  readonly serviceUrl: string;
  /** Told of a listener or a job's item that failed; the register is right all the same. */
  readonly reportFault: (fault: unknown) => void;
}

/** Opens, closes and reads accesses: each change is one transaction with its record and its letter. */
export class Accesses {
  readonly #surroundings: AccessSurroundings;
  readonly #accesses: AccessStore;
  readonly #establishments: EstablishmentStore;
  readonly #history: AccessHistoryStore;
  readonly #openNow: OpenAccessStore;
  readonly #opened: Announcement<Access>;
  readonly #closed: Announcement<Access>;

  constructor(surroundings: AccessSurroundings) {
    this.#surroundings = surroundings;
    this.#accesses = new AccessStore(surroundings.database.knex);
    this.#establishments = new EstablishmentStore(surroundings.database.knex);
    this.#history = new AccessHistoryStore(surroundings.database.knex);
    this.#openNow = new OpenAccessStore(surroundings.database);
    this.#opened = new Announcement(surroundings.reportFault);
    this.#closed = new Announcement(surroundings.reportFault);
  }

  /** Subscribes to openings: all accesses of one command at once, after they are written. */
  onAccessOpened(listener: Listener<Access>): void {
    this.#opened.subscribe(listener);
  }

  /**
   * Subscribes to closings of one account, after they are written. The listener revokes the artifacts
   * made for each access and then calls {@link markRevoked}; what it could not do is found again by
   * {@link closedButNotRevoked}.
   */
  onAccessClosed(listener: Listener<Access>): void {
    this.#closed.subscribe(listener);
  }

  /**
   * Opens establishments to an account, all or nothing, with one mail for all that were not open yet.
   * What is open already stays as it is, its end date too: to change it, close it first.
   */
  async open(
    command: OpenCommand,
  ): Promise<Outcome<{ opened: Access[]; alreadyOpen: Siret[] }, OpenRefusal>> {
    const checked = checkOpening(command);
    if (!checked.accepted) return checked;
    const { sirets, names, reason } = checked.value;
    const result = await this.#surroundings.database.transaction(async (transaction) => {
      const accesses = this.#accesses.within(transaction);
      const holder = await accesses.hold(command.account.id);
      const now = this.#surroundings.clock.epochSeconds();
      if (holder?.state !== "active") return refused({ reason: "account-not-active" });
      const { untilAt, by } = command;
      if (untilAt !== undefined && !(untilAt > now)) return untilPassed;
      const ended = await this.#endPastDate(transaction, holder, now);
      await this.#establishments.within(transaction).record(sirets, names, now);
      const opened = await accesses.insertMissing(holder, sirets, { at: now, by, reason, untilAt });
      await this.#write(transaction, "establishments/access-opened", holder, opened);
      return accepted({ ended, opened });
    });
    if (!result.accepted) return result;
    const { ended, opened } = result.value;
    await this.#closed.tell(ended);
    await this.#opened.tell(opened);
    return accepted({ opened, alreadyOpen: unchanged(sirets, opened) });
  }

  /** Closes what is open of these establishments, with one mail. Works on any account, deleted ones too. */
  async close(
    command: CloseCommand,
  ): Promise<Outcome<{ closed: Access[]; notOpen: Siret[] }, CloseRefusal>> {
    const checked = checkClosing(command);
    if (!checked.accepted) return checked;
    const { sirets, reason } = checked.value;
    const { ended, closed } = await this.#surroundings.database.transaction(async (transaction) => {
      const accesses = this.#accesses.within(transaction);
      const holder = await accesses.hold(command.account.id);
      if (!holder) return { ended: [], closed: [] };
      const now = this.#surroundings.clock.epochSeconds();
      const ended = await this.#endPastDate(transaction, holder, now);
      const closing = { at: now, by: command.by, reason };
      const closed = await accesses.close(holder, sirets, closing);
      await this.#write(transaction, "establishments/access-closed", holder, closed, reason);
      return { ended, closed };
    });
    await this.#closed.tell([...ended, ...closed]);
    return accepted({ closed, notOpen: unchanged(sirets, closed) });
  }

  /** Keeps the names of establishments, known before any access is opened. */
  async describe(names: ReadonlyMap<Siret, string>): Promise<void> {
    const { clock, database } = this.#surroundings;
    const now = clock.epochSeconds();
    await database.transaction((transaction) =>
      this.#establishments.within(transaction).record([...names.keys()], names, now),
    );
  }

  /** Accesses past and present of an account, of an establishment, or all of them. */
  list(filter: AccessFilter = {}): Promise<AccessEntry[]> {
    return this.#history.list(filter, this.#surroundings.clock.epochSeconds());
  }

  /** Every establishment open now to the account of this subject identifier, ordered by SIRET. */
  openEstablishments(sub: string): Promise<Establishment[]> {
    return this.#openNow.findAll(sub, this.#surroundings.clock.epochSeconds());
  }

  /** The establishment if it is open now to the account of this subject identifier. */
  openEstablishment(sub: string, siret: string): Promise<Establishment | undefined> {
    return this.#openNow.find(sub, siret, this.#surroundings.clock.epochSeconds());
  }

  /** Whether the establishment is open now to the account of this subject identifier. */
  async isOpen(sub: string, siret: string): Promise<boolean> {
    return (await this.openEstablishment(sub, siret)) !== undefined;
  }

  /**
   * The job that closes accesses past their date, account by account, one transaction
   * and one mail each. Nobody waits
   * for it to lose access: the reads above compare the date themselves.
   * @returns how many were closed.
   */
  async endExpired(): Promise<number> {
    const now = this.#surroundings.clock.epochSeconds();
    let count = 0;
    for (const accountId of await this.#accesses.accountsPastDate(now)) {
      count += await this.#endExpiredOf(accountId, now);
    }
    return count;
  }

  /** Closed accesses whose artifacts are still to be revoked, for the job that tries again. */
  closedButNotRevoked(limit: number): Promise<Access[]> {
    return this.#accesses.closedButNotRevoked(limit);
  }

  /** Records that the artifacts made for a closed access are revoked. @returns false when it was before. */
  markRevoked(accessId: number): Promise<boolean> {
    return this.#accesses.markRevoked(accessId, this.#surroundings.clock.epochSeconds());
  }

  async #endExpiredOf(accountId: number, now: number): Promise<number> {
    try {
      const ended = await this.#surroundings.database.transaction(async (transaction) => {
        const holder = await this.#accesses.within(transaction).hold(accountId);
        return holder ? this.#endPastDate(transaction, holder, now) : [];
      });
      await this.#closed.tell(ended);
      return ended.length;
    } catch (fault) {
      // One account that cannot be written must not keep the others waiting; the next run finds it again.
      this.#surroundings.reportFault(fault);
      return 0;
    }
  }

  async #endPastDate(transaction: Transaction, holder: Holder, now: number): Promise<Access[]> {
    const ended = await this.#accesses.within(transaction).closePastDate(holder, now);
    await this.#write(transaction, "establishments/access-closed", holder, ended);
    return ended;
  }

  async #write(
    transaction: Transaction,
    name: AccessLetterName,
    holder: Holder,
    changed: readonly Access[],
    reason?: string,
  ): Promise<void> {
    if (changed.length === 0) return;
    const sirets = changed.map((access) => access.siret);
    const establishments = await this.#establishments.within(transaction).findAll(sirets);
    const { outbox, serviceUrl } = this.#surroundings;
    const letter = accessLetter(name, holder, establishments, { serviceUrl, reason });
    if (letter) await outbox.enqueue(transaction, letter);
  }
}
