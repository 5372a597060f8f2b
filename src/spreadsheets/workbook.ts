import { isUtf8 } from "node:buffer";
import type { Unzipped } from "fflate";
import type { CellValue } from "read-excel-file/universal";
import type { ListText, TableFault } from "./table.ts";
import { withToldCells } from "./told-cells.ts";

const zipStart = [0x50, 0x4b, 0x03, 0x04];
/** OLE: `.xls`, and `.xlsx` under a password. */
const oleStart = [0xd0, 0xcf, 0x11, 0xe0];
/** What an archive may unpack to, and in how many files: fifty thousand rows are 20 MB. */
const mostUnpackedBytes = 64 * 1024 * 1024;
const mostFiles = 500;

/** Whether the bytes begin as an `.xlsx` workbook does. */
export function isWorkbook(bytes: Uint8Array): boolean {
  return zipStart.every((byte, place) => bytes[place] === byte);
}

/** Whether the bytes begin as an `.xls` workbook does, or one that is under a password. */
export function isOldWorkbook(bytes: Uint8Array): boolean {
  return oleStart.every((byte, place) => bytes[place] === byte);
}

/** The first sheet that holds anything, as CSV: each row of it is a line, so that lines are told by the sheet's numbers. */
export async function workbookText(bytes: Uint8Array): Promise<ListText> {
  // Few nodes ever read one: both come with the first.
  const [zip, reader] = await Promise.all([import("fflate"), import("read-excel-file/universal")]);
  const archive = repacked(bytes, zip);
  if ("reason" in archive) return { fault: archive };
  const { default: readWorkbook } = reader;
  try {
    const sheets = await readWorkbook(archive.buffer, { parseNumber: plainNumber, trim: false });
    const [first, ...others] = sheets.filter(({ data }) => data.some((row) => row.some(isFilled)));
    if (!first) return { fault: { line: 1, reason: "file-empty" } };
    const text = first.data.map((row) => row.map(cellText).join(";")).join("\n");
    return { text, unreadSheets: others.map(({ sheet }) => sheet) };
  } catch {
    return unreadable;
  }
}

const unreadable = { fault: { line: 1, reason: "workbook-unreadable" } } as const;

/**
 * The reader believes what an archive says of itself, and would make room for it. So it never sees one from
 * outside: it gets this one, of files that are not packed, made of what was unpacked within bounds.
 */
function repacked(
  bytes: Uint8Array,
  { unzipSync, zipSync }: Pick<typeof import("fflate"), "unzipSync" | "zipSync">,
): Uint8Array<ArrayBuffer> | TableFault {
  let unpacked: Unzipped;
  let files = 0;
  let size = 0;
  try {
    unpacked = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!/\.xml(\.rels)?$/.test(name)) return false;
        files += 1;
        size += originalSize;
        return files <= mostFiles && size <= mostUnpackedBytes;
      },
    });
  } catch {
    return unreadable.fault;
  }
  if (files > mostFiles || size > mostUnpackedBytes) {
    return { line: 1, reason: "workbook-too-large" };
  }
  return zipSync(toldIn(unpacked), { level: 0 });
}

function toldIn(files: Unzipped): Unzipped {
  const encoder = new TextEncoder();
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => {
      const isSheet = /worksheets\/[^/]+\.xml$/.test(name) && isUtf8(bytes);
      return [
        name,
        isSheet ? encoder.encode(withToldCells(new TextDecoder().decode(bytes))) : bytes,
      ];
    }),
  );
}

/** A number as Excel wrote it into the file: 14 digits stay 14 digits, whatever the column shows. */
function plainNumber(written: string): string {
  const number = Number(written);
  return Number.isSafeInteger(number) ? number.toFixed(0) : written.replace(".", ",");
}

function isFilled(value: CellValue<string> | null): boolean {
  return value !== null && value !== "";
}

function plainText(value: unknown): string {
  return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}

/** A day without an hour is written as a day. The clock of a cell has no offset: it stands there as a French CSV has it. */
function dateText(value: Date): string {
  const second = new Date(Math.round(value.getTime() / 1000) * 1000);
  const [day = "", clock] = second.toISOString().replace(".000Z", "").split("T");
  return clock === "00:00:00" ? day : `${day.split("-").reverse().join("/")} ${String(clock)}`;
}

/** In quotes where anything could part columns: a list whose title holds commas is not parted by them. */
function cellText(value: unknown): string {
  const text =
    value instanceof Date ? dateText(value) : plainText(value).replace(/\s*[\r\n]\s*/g, " ");
  return /[;,\t"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
