import { describe, expect, it } from "@jest/globals";
import { rejectedRows } from "../../src/establishments/index.ts";
import { readTable, typedCell } from "../../src/spreadsheets/index.ts";

const sentence = () => "à corriger";
const saved = (rows: readonly (readonly string[])[]) =>
  rejectedRows(
    {
      rows: rows.map((cells, place) => ({ line: place + 1, cells })),
      problems: rows.slice(1).map((_, place) => {
        return { line: place + 2, column: "email", found: "", reason: "email-malformed" };
      }),
    },
    "Anomalie",
    sentence,
  );

describe("the rows to correct", () => {
  const head = ["Email", "SIRET", "Établissement", "Motif"];
  const meant = ["x", "13002526500013", "- Siège", "0123"];
  const typed = ["x", '="13002526500013"', "'- Siège", '="0123"'];

  it("say what they said, however often they are corrected", () => {
    let text = saved([head, typed]);
    for (let round = 0; round < 3; round += 1) {
      const [titles, row] = readTable(text).rows ?? [];
      expect(row?.cells.map(typedCell)).toEqual([...meant, "à corriger"]);
      text = saved([titles?.cells ?? [], row?.cells ?? []]);
    }
  });

  it("are opened by a spreadsheet as the texts that they are", () => {
    expect(saved([head, typed]).split("\r\n")[1]).toBe(
      `x;"=""13002526500013""";"'- Siège";"=""0123""";à corriger`,
    );
  });
});
