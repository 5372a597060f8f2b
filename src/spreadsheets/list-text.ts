import { isUtf8 } from "node:buffer";
import { type ListText, mostFileBytes } from "./table.ts";
import { isOldWorkbook, isWorkbook, workbookText } from "./workbook.ts";

/**
 * The text of a list as a French Excel saves it: UTF-8 with and without a mark of byte order, UTF-16,
 * Windows-1252; or the first sheet of an `.xlsx` workbook that holds anything, as CSV whose lines are its rows.
 */
export async function listText(bytes: Uint8Array): Promise<ListText> {
  if (bytes.byteLength > mostFileBytes) {
    const details = { maximum: mostFileBytes / 1024 / 1024 };
    return { fault: { line: 1, reason: "file-too-large", details } };
  }
  if (isWorkbook(bytes)) return workbookText(bytes);
  if (isOldWorkbook(bytes)) return { fault: { line: 1, reason: "workbook-old" } };
  const text = decoded(bytes);
  if (text.includes("\0")) return { fault: { line: 1, reason: "file-not-a-list" } };
  if (text.trim() === "") return { fault: { line: 1, reason: "file-empty" } };
  return { text, unreadSheets: [] };
}

/** Each decoder takes the mark of byte order away. */
function decoded(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  // Without a mark, UTF-16 of a European list has a zero in every other place.
  const beginning = bytes.subarray(0, 200);
  if (isZeroAt(beginning, 1)) return "utf-16le";
  if (isZeroAt(beginning, 0)) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

function isZeroAt(bytes: Uint8Array, odd: 0 | 1): boolean {
  const places = bytes.filter((_, place) => place % 2 === odd);
  const zeros = places.filter((byte) => byte === 0).length;
  return places.length > 1 && zeros > (places.length * 3) / 4;
}
