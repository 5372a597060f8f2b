/** Text that a terminal only shows: without control characters, escape sequences and marks that turn a line around. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * Aligns rows in columns two spaces apart. Widths are kept from one page to the next and only grow, so a
 * list that is printed page by page stays readable.
 * @returns the lines of a page, each with its line feed
 */
export function columns(): (rows: readonly (readonly string[])[]) => string {
  const widths: number[] = [];
  return (rows) => {
    const clean = rows.map((row) => row.map(plain));
    for (const row of clean) {
      for (const [column, cell] of row.entries()) {
        widths[column] = Math.max(widths[column] ?? 0, length(cell));
      }
    }
    return clean.map((row) => `${alignedRow(row, widths)}\n`).join("");
  };
}

/** Named values, one a line, aligned; those without value are left out. */
export function namedValues(values: Readonly<Record<string, string | undefined>>): string {
  const rows = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return columns()(rows);
}

function alignedRow(row: readonly string[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - length(cell)));
  return padded.join("  ").trimEnd();
}

function length(cell: string): number {
  return Array.from(cell).length;
}
