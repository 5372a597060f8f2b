import type { Clock, Listener, Outcome } from "../foundation/index.ts";
import { Announcement } from "../foundation/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { Database, Share, Transaction } from "../storage/index.ts";
import { AccessChanges, type ChangeWritten, type SettleRequests } from "./access-changes.ts";
import {
  type CloseCommand,
  type CloseRefusal,
  type OpenAllCommand,
  type OpenCommand,
  type OpenRefusal,
  type Opening,
} from "./access-commands.ts";
import { type AccessFilter, AccessHistoryStore } from "./access-history-store.ts";
import type { AccessOutbox } from "./access-letters.ts";
import { AccessStore } from "./access-store.ts";
import type { Access, AccessEntry } from "./access.ts";
import { Closings } from "./closings.ts";
import { eachByItself } from "./each-by-itself.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import type { Establishment } from "./establishment.ts";
import { type OpenedHow, type OpenedWithin, Openings } from "./openings.ts";
import { type Standing, type StandingRow, StandingStore } from "./standing-store.ts";
import type { Siret } from "./siret.ts";

/** What this room needs from outside. */
export interface AccessSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: AccessOutbox;
  readonly recordSoon: RecordSoon;
  /** Where the letters lead: the service that the person may now use. */
  readonly serviceUrl: string;
  /** Who else writes in the transaction of each change. */
  readonly written?: ChangeWritten | undefined;
  /** Settles the requests that wait for what is opened. */
  readonly settle?: SettleRequests | undefined;
  /** Told of a listener or a job's item that failed; the register is right all the same. */
  readonly reportFault: (fault: unknown) => void;
}

/** Opens, closes and reads accesses: each change is one transaction with its record and its letter. */
export class Accesses {
  readonly #surroundings: AccessSurroundings;
  readonly #accesses: AccessStore;
  readonly #establishments: EstablishmentStore;
  readonly #history: AccessHistoryStore;
  readonly #standings: StandingStore;
  readonly #openings: Openings;
  readonly #closings: Closings;
  readonly #opened: Announcement<Access>;
  readonly #closed: Announcement<Access>;

  constructor(surroundings: AccessSurroundings) {
    this.#surroundings = surroundings;
    this.#accesses = new AccessStore(surroundings.database.knex);
    this.#establishments = new EstablishmentStore(surroundings.database.knex);
    this.#history = new AccessHistoryStore(surroundings.database.knex);
    this.#standings = new StandingStore(surroundings.database);
    this.#opened = new Announcement(surroundings.reportFault);
    this.#closed = new Announcement(surroundings.reportFault);
    this.#closings = new Closings(surroundings, this.#closed);
    this.#openings = new Openings(surroundings, { opened: this.#opened, closed: this.#closed });
  }

  /** Subscribes to openings: all accesses of one command at once, after they are written. */
  onAccessOpened(listener: Listener<Access>): void {
    this.#opened.subscribe(listener);
  }

  /**
   * Subscribes to closings of one account, after they are written. The listener revokes the artifacts
   * made for each access and then calls {@link markRevoked}; what it could not do is found again by
   * {@link closedButNotRevoked}, and finished in the same way.
   */
  onAccessClosed(listener: Listener<Access>): void {
    this.#closed.subscribe(listener);
  }

  /**
   * Opens establishments to an account, all or nothing, with one mail for all that were not open yet.
   * What is open already stays as it is, its end date too: to change it, close it first.
   */
  open(
    command: OpenCommand,
  ): Promise<Outcome<{ opened: Access[]; alreadyOpen: Siret[] }, OpenRefusal>> {
    return this.#openings.open(command);
  }

  /**
   * Opens establishments to many accounts in one transaction, all or nothing, with one mail a person.
   * Otherwise as {@link open}. The `details.opening` of a problem is the place of its opening in the command.
   * @returns the openings of the command, as given
   */
  openAll<Each extends Opening>(
    command: OpenAllCommand<Each>,
  ): Promise<Outcome<{ opened: Each[]; alreadyOpen: Each[] }, OpenRefusal>> {
    return this.#openings.openAll(command);
  }

  /**
   * Opens in the transaction of a greater change, which has judged who may: an account validated, a request accepted.
   * @returns with what was opened, `announce`, to be called once all of it is written
   */
  openWithin(
    transaction: Transaction,
    openings: readonly (Opening & { readonly by: string })[],
    how?: OpenedHow,
  ): Promise<Outcome<OpenedWithin, OpenRefusal>> {
    return this.#openings.openWithin(transaction, openings, how);
  }

  /** What {@link openAll} would do now: nothing is written and nobody is told. */
  preview<Each extends Opening>(
    command: OpenAllCommand<Each>,
  ): Promise<Outcome<{ opened: Each[]; alreadyOpen: Each[] }, OpenRefusal>> {
    return this.#openings.preview(command);
  }

  /** Closes what is open of these establishments, with one mail. Works on any account, deleted ones too. */
  close(
    command: CloseCommand,
  ): Promise<Outcome<{ closed: Access[]; notOpen: Siret[] }, CloseRefusal>> {
    return this.#closings.close(command);
  }

  /** As {@link Closings.closeAllWithin} says. */
  closeAllWithin(...closing: Parameters<Closings["closeAllWithin"]>) {
    return this.#closings.closeAllWithin(...closing);
  }

  /** Keeps the names of establishments, known before any access is opened. */
  async describe(names: ReadonlyMap<Siret, string>): Promise<void> {
    const { clock, database } = this.#surroundings;
    const now = clock.epochSeconds();
    await database.transaction((transaction) =>
      this.#establishments.within(transaction).record([...names.keys()], names, now),
    );
  }

  /** Those of `sirets` that are known, ordered by SIRET. */
  establishments(sirets: readonly Siret[]): Promise<Establishment[]> {
    return this.#establishments.findAll(sirets);
  }

  /** Accesses past and present of an account, of an establishment, or all of them. */
  list(filter: AccessFilter = {}): Promise<AccessEntry[]> {
    return this.#history.list(filter, this.#surroundings.clock.epochSeconds());
  }

  /** All of them, some at a time: they may be more than a process holds. */
  all(): AsyncGenerator<readonly AccessEntry[]> {
    return this.#history.all(this.#surroundings.clock.epochSeconds());
  }

  /** Who the account of this subject identifier is, and what is open to it now. */
  standing(sub: string): Promise<Standing | undefined> {
    return this.#standings.find(sub, this.#surroundings.clock.epochSeconds());
  }

  /** The same of rows that {@link standingOfHolder} gave a moment ago. */
  standingIn(rows: readonly object[]): Standing | undefined {
    const now = this.#surroundings.clock.epochSeconds();
    return this.#standings.read(rows as readonly StandingRow[], now);
  }

  /** Every establishment open now to the account of this subject identifier, ordered by SIRET. */
  async openEstablishments(sub: string): Promise<readonly Establishment[]> {
    return (await this.standing(sub))?.open ?? [];
  }

  /** The establishment if it is open now to the account of this subject identifier. */
  async openEstablishment(sub: string, siret: string): Promise<Establishment | undefined> {
    const open = await this.openEstablishments(sub);
    return open.find((each) => each.siret === siret);
  }

  /** Whether the establishment is open now to the account of this subject identifier. */
  async isOpen(sub: string, siret: string): Promise<boolean> {
    return (await this.openEstablishment(sub, siret)) !== undefined;
  }

  /** As {@link Closings.endExpired} says. */
  endExpired(stopping?: AbortSignal): Promise<number> {
    return this.#closings.endExpired(stopping);
  }

  /**
   * The job that writes to people thirty days before accesses end by their date: one mail a person for all
   * of that moment.
   * @param stopping breaks off before the next account
   * @returns how many accesses were announced.
   */
  async announceEnds(stopping?: AbortSignal): Promise<number> {
    const now = this.#surroundings.clock.epochSeconds();
    const accounts = await this.#accesses.accountsWithEndsToAnnounce(now);
    const announce = async (accountId: number) => {
      const announced = await this.#surroundings.database.transaction(async (transaction) => {
        const changes = new AccessChanges(transaction, this.#surroundings);
        const holders = await changes.hold([accountId]);
        const active = holders.filter(({ state }) => state === "active");
        return changes.announceEnds(active, now);
      });
      return announced.length;
    };
    return eachByItself(accounts, this.#surroundings, announce, stopping);
  }

  /** Of the accesses that are open: how many {@link Accesses.endExpired} would close, or {@link Accesses.announceEnds} tell of. */
  shareOf(what: "past-date" | "to-announce"): Promise<Share> {
    return this.#accesses.share(what, this.#surroundings.clock.epochSeconds());
  }

  /** As {@link Closings.closedButNotRevoked} says. */
  closedButNotRevoked(limit: number): Promise<Access[]> {
    return this.#closings.closedButNotRevoked(limit);
  }

  /** As {@link Closings.markRevoked} says. */
  markRevoked(...marked: Parameters<Closings["markRevoked"]>): Promise<boolean> {
    return this.#closings.markRevoked(...marked);
  }
}
