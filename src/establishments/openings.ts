import type { Actor } from "../accounts/index.ts";
import {
  type Announcement,
  type Clock,
  type Outcome,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { AccessChanges, type LetterSurroundings } from "./access-changes.ts";
import {
  type CheckedOpening,
  type OpenAllCommand,
  type OpenCommand,
  type OpenRefusal,
  type Opening,
  type WithinChange,
  checkOpening,
  checkOpenings,
  openingProblems,
} from "./access-commands.ts";
import type { BesideLetter } from "./access-letters.ts";
import { AccessStore } from "./access-store.ts";
import { type Access, unchanged } from "./access.ts";
import { type MayAct, mayAct } from "./act-authority.ts";
import { HolderStore } from "./holder-store.ts";
import type { Siret } from "./siret.ts";

/** Opens accesses: to one account, or to many in one transaction. The door to it is `Accesses`. */
export class Openings {
  readonly #surroundings: LetterSurroundings & { database: Database; clock: Clock };
  readonly #told: { opened: Announcement<Access>; closed: Announcement<Access> };
  readonly #accesses: AccessStore;
  readonly #holders: HolderStore;

  constructor(
    surroundings: LetterSurroundings & { readonly database: Database; readonly clock: Clock },
    told: { readonly opened: Announcement<Access>; readonly closed: Announcement<Access> },
  ) {
    this.#surroundings = surroundings;
    this.#told = told;
    this.#accesses = new AccessStore(surroundings.database.knex);
    this.#holders = new HolderStore(surroundings.database.knex);
  }

  /** As {@link Accesses.open} says. */
  async open(
    command: OpenCommand,
  ): Promise<Outcome<{ opened: Access[]; alreadyOpen: Siret[] }, OpenRefusal>> {
    const checked = checkOpening(command);
    if (!checked.accepted) return checked;
    const { sirets, names, reason } = checked.value;
    const { account, untilAt, by, within } = command;
    const openings = sirets.map((siret, place) => ({ account, siret, untilAt, reason, place }));
    const outcome = await this.#open(openings, names, by, within);
    if (!outcome.accepted) {
      // What is wrong with one of these openings is wrong with all.
      const [{ field, reason: why }] = outcome.problems;
      return refused({ ...(field !== undefined && { field }), reason: why });
    }
    const opened = outcome.value;
    return accepted({ opened, alreadyOpen: unchanged(sirets, opened) });
  }

  /** As {@link Accesses.openAll} says. */
  async openAll<Each extends Opening>(
    command: OpenAllCommand<Each>,
  ): Promise<Outcome<{ opened: Each[]; alreadyOpen: Each[] }, OpenRefusal>> {
    const checked = checkOpenings(command);
    if (!checked.accepted) return checked;
    const { openings, names } = checked.value;
    const outcome = await this.#open(openings, names, command.by, command.within);
    if (!outcome.accepted) return outcome;
    const [opened, alreadyOpen] = parted(command.openings, outcome.value);
    return accepted({ opened, alreadyOpen });
  }

  /** As {@link Accesses.openWithin} says. */
  async openWithin(
    transaction: Transaction,
    openings: readonly (Opening & { readonly by: string })[],
    how: OpenedHow = {},
  ): Promise<Outcome<OpenedWithin, OpenRefusal>> {
    const checked = checkOpenings({ openings });
    if (!checked.accepted) return checked;
    const { openings: clean, names } = checked.value;
    const act = { by: openings[0]?.by ?? "", ...how };
    return this.#write(transaction, clean, names, act);
  }

  /** As {@link Accesses.preview} says. */
  async preview<Each extends Opening>(
    command: OpenAllCommand<Each>,
  ): Promise<Outcome<{ opened: Each[]; alreadyOpen: Each[] }, OpenRefusal>> {
    const checked = checkOpenings(command);
    if (!checked.accepted) return checked;
    const now = this.#surroundings.clock.epochSeconds();
    const ids = command.openings.map(({ account }) => account.id);
    const holders = await this.#holders.find(ids);
    const may = await mayAct(this.#holders, command.by);
    const [first, ...others] = openingProblems(checked.value.openings, holders, now, may);
    if (first) return refused(first, ...others);
    const [alreadyOpen, opened] = parted(command.openings, await this.#accesses.findOpen(ids, now));
    return accepted({ opened, alreadyOpen });
  }

  async #open(
    openings: readonly CheckedOpening[],
    names: ReadonlyMap<Siret, string>,
    by: string,
    within?: WithinChange,
  ): Promise<Outcome<Access[], OpenRefusal>> {
    const result = await this.#surroundings.database.transaction(async (transaction) => {
      const written = await this.#write(transaction, openings, names, { by }, by);
      if (written.accepted) await within?.(transaction, written.value.opened);
      return written;
    });
    if (!result.accepted) return result;
    await result.value.announce();
    return accepted(result.value.opened);
  }

  async #write(
    transaction: Transaction,
    openings: readonly CheckedOpening[],
    names: ReadonlyMap<Siret, string>,
    { by, at, beside }: OpenedHow & { readonly by: string },
    judged?: Actor,
  ): Promise<Outcome<OpenedWithin, OpenRefusal>> {
    const changes = new AccessChanges(transaction, this.#surroundings);
    const ids = openings.map(({ account }) => account.id);
    const holders = await changes.hold(ids, judged);
    const may = judged === undefined ? anybody : await mayAct(new HolderStore(transaction), judged);
    const now = at ?? this.#surroundings.clock.epochSeconds();
    const [first, ...others] = openingProblems(openings, holders, now, may);
    if (first) return refused(first, ...others);
    const ended = await changes.endPastDate(holders, now);
    const opened = await changes.open(holders, openings, names, { at: now, by, beside });
    const announce = async () => {
      await this.#told.closed.tell(ended);
      await this.#told.opened.tell(opened);
      await changes.tell();
    };
    return accepted({ opened, announce });
  }
}

/** How accesses are opened within the transaction of a greater change. */
export interface OpenedHow {
  /** When the change was judged, epoch seconds: an end that comes in the middle of it does not undo it. */
  readonly at?: number | undefined;
  readonly beside?: BesideLetter | undefined;
}

/** What was opened within the transaction of a greater change. */
export interface OpenedWithin {
  readonly opened: Access[];
  /** Tells the rooms above; to be called once the transaction is written. Never throws. */
  readonly announce: () => Promise<void>;
}

/** Whose greater change was judged before. */
const anybody: MayAct = () => undefined;

/** Those of `openings` that are among `accesses`, and the others. */
function parted<Each extends Opening>(
  openings: readonly Each[],
  accesses: readonly { readonly accountId: number; readonly siret: Siret }[],
): [among: Each[], others: Each[]] {
  const keys = new Set(accesses.map(({ accountId, siret }) => `${accountId} ${siret}`));
  const parts = Object.groupBy(openings, ({ account, siret }) =>
    keys.has(`${account.id} ${siret}`) ? "among" : "others",
  );
  return [parts.among ?? [], parts.others ?? []];
}
