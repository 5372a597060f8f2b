import { strToU8, zipSync } from "fflate";

/** A cell as Excel writes it: a text, a number, or a day (its serial number, shown as a date). */
export type WorkbookCell = string | number | { readonly day: number } | undefined;

/** An `.xlsx` file of these sheets by name, each a map of rows by their number. */
export function workbook(
  sheets: Readonly<Record<string, Readonly<Record<number, readonly WorkbookCell[]>>>>,
): Uint8Array {
  const names = Object.keys(sheets);
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packaged = "http://schemas.openxmlformats.org/package/2006/relationships";
  const related = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${relations}/${kind}" Target="${target}"/>`;
  const shared: string[] = [];
  const files: Record<string, string> = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${names
      .map((name, place) => `<sheet name="${name}" sheetId="${place + 1}" r:id="rId${place + 1}"/>`)
      .join("")}</sheets></workbook>`,
    "xl/styles.xml": `<styleSheet xmlns="${main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packaged}">${names
      .map((_, place) => related(`rId${place + 1}`, "worksheet", `worksheets/s${place + 1}.xml`))
      .join("")}${related("rIdS", "styles", "styles.xml")}${related(
      "rIdT",
      "sharedStrings",
      "sharedStrings.xml",
    )}</Relationships>`,
  };
  for (const [place, name] of names.entries()) {
    const rows = Object.entries(sheets[name] ?? {}).map(([row, cells]) => {
      const written = cells.map((cell, column) =>
        cellXml(`${String.fromCharCode(65 + column)}${row}`, cell, shared),
      );
      return `<row r="${row}">${written.join("")}</row>`;
    });
    files[`xl/worksheets/s${place + 1}.xml`] =
      `<worksheet xmlns="${main}"><sheetData>${rows.join("")}</sheetData></worksheet>`;
  }
  files["xl/sharedStrings.xml"] =
    `<sst xmlns="${main}">${shared.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join("")}</sst>`;
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])),
  );
}

function cellXml(place: string, cell: WorkbookCell, shared: string[]): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return `<c r="${place}"><v>${String(cell)}</v></c>`;
  if (typeof cell === "object") return `<c r="${place}" s="1"><v>${cell.day}</v></c>`;
  shared.push(cell);
  return `<c r="${place}" t="s"><v>${shared.length - 1}</v></c>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
