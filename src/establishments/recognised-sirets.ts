import { type Siret, parseSiret } from "./siret.ts";

/** A SIRET found in a text, and how it stood there. */
export interface RecognisedSiret {
  readonly siret: Siret;
  readonly typed: string;
}

/** A number that was probably meant as a SIRET and is none. */
export interface RefusedPiece {
  readonly typed: string;
  readonly reason: "siret-format" | "siret-checksum";
}

/** What a text holds, in its order, each once. */
export interface RecognisedSirets {
  readonly recognised: readonly RecognisedSiret[];
  readonly refused: readonly RefusedPiece[];
}

/** What people group the digits of one number with; anything else parts two numbers. */
const grouping = /[ \u2009\u00a0\u202f.\u2011-]+/;
/** A run of digits and what may group them: one number, or several side by side. */
const runs = /[0-9][0-9 \u2009\u00a0\u202f.\u2011-]*/g;
const siretDigits = 14;
/** Fewer digits are a postcode, a telephone's half, a date: nobody meant a SIRET by them. */
const leastDigits = 9;

/**
 * Finds the SIRETs of any text: a mail, a list, a column of a spreadsheet. Digits may be grouped, and
 * numbers be parted by anything, a single space too: groups that follow one another are read as a SIRET
 * wherever fourteen digits of them pass its check, so a line's own number in front does no harm.
 */
export function recogniseSirets(text: string): RecognisedSirets {
  const found = (text.match(runs) ?? []).flatMap((run) =>
    readRun(run.split(grouping).filter((group) => group !== "")),
  );
  return {
    recognised: eachOnce(found.filter(isRecognised), ({ siret }) => siret),
    refused: eachOnce(
      found.filter((piece): piece is RefusedPiece => !isRecognised(piece)),
      ({ typed }) => typed.replace(/ /g, ""),
    ),
  };
}

type Piece = RecognisedSiret | RefusedPiece;

/** The numbers that groups of digits side by side make. */
function readRun(groups: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  let passedOver: string[] = [];
  for (let place = 0; place < groups.length;) {
    const window = windowAt(groups, place);
    const siret = window && parseSiret(window.join(""));
    if (window && siret?.accepted) {
      pieces.push(...refusedOf(passedOver), { siret: siret.value, typed: window.join(" ") });
      passedOver = [];
      place += window.length;
    } else {
      passedOver.push(groups[place] ?? "");
      place += 1;
    }
  }
  return [...pieces, ...refusedOf(passedOver)];
}

/** What is left between the SIRETs: fourteen digits are a mistyped one, and so, probably, are nine or more. */
function refusedOf(groups: readonly string[]): RefusedPiece[] {
  const pieces: RefusedPiece[] = [];
  let others: string[] = [];
  const endOthers = () => {
    const isNumber = others.join("").length >= leastDigits;
    if (isNumber) pieces.push({ typed: others.join(" ").slice(0, 60), reason: "siret-format" });
    others = [];
  };
  for (let place = 0; place < groups.length;) {
    const window = windowAt(groups, place);
    if (window) {
      endOthers();
      pieces.push({ typed: window.join(" "), reason: "siret-checksum" });
    } else others.push(groups[place] ?? "");
    place += window?.length ?? 1;
  }
  endOthers();
  return pieces;
}

/** The groups from a place on that have fourteen digits together. */
function windowAt(groups: readonly string[], place: number): string[] | undefined {
  let digits = 0;
  for (let end = place; end < groups.length && digits < siretDigits; end++) {
    digits += groups[end]?.length ?? 0;
    if (digits === siretDigits) return groups.slice(place, end + 1);
  }
  return undefined;
}

function isRecognised(piece: Piece): piece is RecognisedSiret {
  return "siret" in piece;
}

function eachOnce<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    return !seen.has(key) && seen.add(key);
  });
}
