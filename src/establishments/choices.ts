import { type Clock, foldedText } from "../foundation/index.ts";
import type { Database } from "../storage/index.ts";
import { type Choice, ChoiceStore } from "./choice-store.ts";
import { searchedDigits } from "./digit-groups.ts";
import type { Siret } from "./siret.ts";

/** What was looked for among the establishments of an account. */
export interface FoundChoices {
  readonly found: readonly Choice[];
  /** How many there are in all. */
  readonly total: number;
  /** The one that was named, when it is among all. */
  readonly named: Choice | undefined;
  /** Whether others of all have its name: to tell them apart, their addresses are shown. */
  readonly isAmbiguous: (choice: Choice) => boolean;
}

/** The establishments an account may choose among, for an authorization. */
export class Choices {
  readonly #store: ChoiceStore;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#store = new ChoiceStore(database.knex);
    this.#clock = clock;
  }

  /**
   * Those whose name, SIRET or address holds every word typed: the last chosen first, then by SIRET.
   * @param typed "" for all
   * @param named the SIRET of one that is looked for beside
   */
  async find(sub: string, typed: string, named?: string): Promise<FoundChoices> {
    const all = await this.#store.open(sub, this.#clock.epochSeconds());
    const names = Map.groupBy(all, ({ name = "" }) => foldedText(name));
    return {
      found: filtered(all, typed),
      total: all.length,
      named: all.find(({ siret }) => siret === named),
      isAmbiguous: ({ name = "" }) => (names.get(foldedText(name))?.length ?? 0) > 1,
    };
  }

  /** Remembers that it was chosen: it is shown first from then on. */
  chosen(sub: string, siret: Siret): Promise<void> {
    return this.#store.markChosen(sub, siret, this.#clock.epochSeconds());
  }
}

/** What an establishment is looked for by. */
interface Searched {
  readonly siret: string;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
}

/** Every word must be in the name, the address or the SIRET; digits alone may be grouped, as the reader of lists takes them. */
export function filtered<Each extends Searched>(all: readonly Each[], typed: string): Each[] {
  const text = foldedText(typed.slice(0, 200));
  if (text === "") return [...all];
  const digits = searchedDigits(typed.slice(0, 200));
  const isNumber = /^\d{2,14}$/.test(digits);
  const words = text.split(" ");
  return all.filter(({ siret, name = "", address = "" }) => {
    if (isNumber && siret.includes(digits)) return true;
    const searched = `${foldedText(`${name} ${address}`)} ${siret}`;
    return words.every((word) => searched.includes(word));
  });
}
