import type { Actor } from "../accounts/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Opening } from "./access-commands.ts";
import {
  type AccessLetterName,
  type AccessOutbox,
  type BesideLetter,
  establishmentLetter,
} from "./access-letters.ts";
import { AccessStore } from "./access-store.ts";
import type { Access, Holder } from "./access.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import { HolderStore } from "./holder-store.ts";
import { openedEvents } from "./recorded-acts.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** Told in the transaction of a change: what it writes stands or falls with the change. */
export type ChangeWritten = (
  transaction: Transaction,
  change: "opened" | "closed",
  accesses: readonly Access[],
) => Promise<void>;

/** Which letter goes with which change: what is yet to end has not changed. */
const changeOf = new Map<AccessLetterName, Parameters<ChangeWritten>[1]>([
  ["establishments/access-opened", "opened"],
  ["establishments/access-closed", "closed"],
]);

/** Where letters are written, where they lead, and where it stands what was done. */
export interface LetterSurroundings {
  readonly recordSoon: RecordSoon;
  readonly outbox: AccessOutbox;
  readonly serviceUrl: string;
  /** Who else writes with each change. */
  readonly written?: ChangeWritten | undefined;
  /** Settles what waits for these accesses. @returns what is to be called once it is written */
  readonly settle?: SettleRequests | undefined;
}

/** Settles the requests that wait for what was just opened, in its transaction. */
export type SettleRequests = (
  transaction: Transaction,
  opened: readonly Access[],
) => Promise<() => Promise<void>>;

/** Who changes accesses, when (epoch seconds) and why. */
export interface Act {
  readonly at: number;
  readonly by: string;
  readonly reason?: string | undefined;
}

/** An act that may be meant for one access alone. */
export interface ClosingAct extends Act {
  readonly accessId?: number | undefined;
}

/**
 * What one transaction writes about accesses: their records, and with each change one letter a person.
 * Accounts are held first, so that what the letters say is what was written.
 */
export class AccessChanges {
  /** The transaction that all of it is written in. */
  readonly transaction: Transaction;
  readonly #holders: HolderStore;
  readonly #accesses: AccessStore;
  readonly #establishments: EstablishmentStore;
  readonly #surroundings: LetterSurroundings;
  readonly #afterwards: (() => Promise<void>)[] = [];

  constructor(transaction: Transaction, surroundings: LetterSurroundings) {
    this.transaction = transaction;
    this.#holders = new HolderStore(transaction);
    this.#accesses = new AccessStore(transaction);
    this.#establishments = new EstablishmentStore(transaction);
    this.#surroundings = surroundings;
  }

  /** Holds the accounts, and who acts on them, until the transaction ends. @returns those that exist */
  hold(accountIds: readonly number[], actor?: Actor): Promise<Holder[]> {
    return this.#holders.hold(accountIds, actor);
  }

  /** Closes what is past its date. @returns what was closed */
  async endPastDate(holders: readonly Holder[], now: number): Promise<Access[]> {
    const ended = await this.#accesses.closePastDate(holders, now);
    await this.#write("establishments/access-closed", holders, ended);
    return ended;
  }

  /** Opens what is not open yet. @returns the new accesses */
  async open(
    holders: readonly Holder[],
    openings: readonly Opening[],
    names: ReadonlyMap<Siret, string>,
    act: Act & { readonly beside?: BesideLetter | undefined },
  ): Promise<Access[]> {
    // In one order everywhere: two commands that share establishments never wait for each other in a ring.
    const sirets = [...new Set(openings.map(({ siret }) => siret))].sort();
    await this.#establishments.record(sirets, names, act.at);
    const opened = await this.#accesses.insertMissing(holders, openings, act);
    const { beside } = act;
    await this.#write("establishments/access-opened", holders, opened, { beside });
    const { recordSoon } = this.#surroundings;
    this.#afterwards.push(await recordSoon(this.transaction, openedEvents(opened)));
    const settled = await this.#surroundings.settle?.(this.transaction, opened);
    if (settled) this.#afterwards.push(settled);
    return opened;
  }

  /** Tells what the changes brought about elsewhere; to be called once they are written. */
  async tell(): Promise<void> {
    for (const afterwards of this.#afterwards) await afterwards();
  }

  /** Writes of what ends within thirty days, once an access. @returns what was told */
  async announceEnds(holders: readonly Holder[], now: number): Promise<Access[]> {
    const ending = await this.#accesses.markEndAnnounced(holders, now);
    await this.#write("establishments/access-ending", holders, ending);
    return ending;
  }

  /** Closes those of `sirets` that are open. @returns what was closed */
  async close(holder: Holder, sirets: readonly Siret[], act: ClosingAct): Promise<Access[]> {
    const closed = await this.#accesses.close(holder, sirets, { reason: undefined, ...act });
    await this.#write("establishments/access-closed", [holder], closed, { reason: act.reason });
    return closed;
  }

  /** Closes everything that is open to these accounts. @returns what was closed */
  async closeAll(holders: readonly Holder[], act: Act): Promise<Access[]> {
    const all: Access[] = [];
    for (const holder of holders) {
      const open = await this.#accesses.findOpen([holder.id], act.at);
      const sirets = open.map(({ siret }) => siret);
      all.push(...(await this.close(holder, sirets, act)));
    }
    return all;
  }

  async #write(
    name: AccessLetterName,
    holders: readonly Holder[],
    changed: readonly Access[],
    said: { readonly reason?: string | undefined; readonly beside?: BesideLetter | undefined } = {},
  ): Promise<void> {
    if (changed.length === 0) return;
    const change = changeOf.get(name);
    if (change) await this.#surroundings.written?.(this.transaction, change, changed);
    const found = await this.#establishments.findAll([
      ...new Set(changed.map((each) => each.siret)),
    ]);
    const establishments = new Map(found.map((each) => [each.siret, each]));
    const byAccount = Map.groupBy(changed, ({ accountId }) => accountId);
    const { outbox, serviceUrl } = this.#surroundings;
    const letters = holders.flatMap((holder) => {
      const own = byAccount.get(holder.id)?.flatMap(({ siret, untilAt, closedAt }) => {
        const establishment = establishments.get(siret);
        return establishment
          ? { ...establishment, ...(closedAt === undefined && { untilAt }) }
          : [];
      });
      return establishmentLetter(name, holder, own ?? [], { serviceUrl, ...said }) ?? [];
    });
    for (const slice of inSlices(letters)) await outbox.enqueue(this.transaction, ...slice);
  }
}
