import { encode } from "uqr";

/** A QR code as one path of an inline SVG, which needs neither an image request nor a style. */
export interface QrCode {
  /** How many modules wide and high it is, its quiet zone included. */
  readonly size: number;
  /** The `d` of the path that holds every dark module. */
  readonly path: string;
}

/** Draws a text as a QR code, with the quiet zone of four modules that scanners need (ISO/IEC 18004). */
export function qrCodeOf(text: string): QrCode {
  const { size, data } = encode(text, { ecc: "M", border: 4 });
  return { size, path: data.flatMap((row, y) => runsOf(row).map(drawn(y))).join("") };
}

interface Run {
  readonly start: number;
  readonly length: number;
}

/** The dark modules of a row that stand side by side, as one rectangle each. */
function runsOf(row: readonly boolean[]): Run[] {
  const starts = row.flatMap((dark, x) => (dark && row[x - 1] !== true ? [x] : []));
  return starts.map((start) => {
    const end = row.indexOf(false, start);
    return { start, length: (end < 0 ? row.length : end) - start };
  });
}

function drawn(y: number): (run: Run) => string {
  return ({ start, length }) =>
    `M${String(start)} ${String(y)}h${String(length)}v1h-${String(length)}z`;
}
