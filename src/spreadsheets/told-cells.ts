/** A cell that holds an error, as `<c r="A4" t="e"><v>#N/A</v></c>` (ECMA-376 part 1, §18.3.1.4). */
const errorCell = /(<(?:\w+:)?c\b[^>]*\bt=)(?:"e"|'e')/g;

/** A cell of a formula that nobody has calculated: `<f>` without `<v>`; that of an empty text (`t="str"`) has been. */
const uncalculatedCell =
  /<((?:\w+:)?)c\b([^>]*)>\s*<\1f\b(?:[^>]*\/>|[^>]*>([^<]*)<\/\1f>)\s*(?:<\1v\s*\/>|<\1v>\s*<\/\1v>)?\s*<\/\1c>/g;

/**
 * The XML of a sheet in which each error (`#N/A`) and each formula without a value (`=A1`, as programs write them) is a text.
 * What reads it takes both for empty cells, and a row of nothing else would be passed over without a word.
 */
export function withToldCells(sheet: string): string {
  return sheet
    .replace(errorCell, '$1"str"')
    .replace(uncalculatedCell, (cell, prefix: string, attributes: string, formula = "") => {
      if (/\bt=["']str["']/.test(attributes)) return cell;
      const others = attributes.replace(/\s\bt=(?:"[^"]*"|'[^']*')/, "");
      return `<${prefix}c${others} t="str"><${prefix}v>=${String(formula)}</${prefix}v></${prefix}c>`;
    });
}
