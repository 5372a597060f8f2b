import { describe, expect, it } from "@jest/globals";
import {
  type Answer,
  counted,
  failed,
  listed,
  shown,
  writeFailure,
} from "../../src/command-line/answer.ts";

async function written(answer: Answer, json: boolean): Promise<string> {
  let text = "";
  const terminal = { out: (more: string) => void (text += more), err: () => undefined };
  await answer.write?.(terminal, json);
  return text;
}

const list = (pages: readonly (readonly string[])[]) =>
  listed({
    pages,
    header: ["NAME", "LENGTH"],
    cells: (name: string) => [name, String(name.length)],
    view: (name) => ({ name }),
    none: "There is nobody.",
  });

describe("a list", () => {
  it("is one JSON array over all its pages", async () => {
    const text = await written(list([["a", "b"], [], ["c"]]), true);
    expect(JSON.parse(text)).toEqual([{ name: "a" }, { name: "b" }, { name: "c" }]);
    expect(JSON.parse(await written(list([[]]), true))).toEqual([]);
  });

  it("is aligned for people, under one header", async () => {
    expect(await written(list([["Éléonore", "Al"], ["Zoé"]]), false)).toBe(
      "NAME      LENGTH\nÉléonore  8\nAl        2\nZoé       3\n",
    );
    expect(await written(list([]), false)).toBe("There is nobody.\n");
  });
});

describe("what a terminal would obey", () => {
  const hostile = "a\u001b[2J\u009b31m\r\nb\u202ec";

  it("is a space in the text for people", async () => {
    const [, row] = (await written(list([[hostile]]), false)).split("\n");
    expect(row?.startsWith("a [2J 31m b c")).toBe(true);
  });

  it("is escaped in JSON, and means the same", async () => {
    const text = await written(shown({ hostile, beyond: "\u{e0001}" }, ""), true);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}](?!$)/u);
    expect(JSON.parse(text)).toEqual({ hostile, beyond: "\u{e0001}" });
  });
});

describe("a failure", () => {
  const { failure } = failed("nothing was opened", [
    { line: 3, argument: "siret", found: '"1"', rule: "must be a SIRET" },
  ]);
  const errors = (json: boolean) => {
    let text = "";
    const terminal = { out: () => undefined, err: (more: string) => void (text += more) };
    writeFailure(failure, terminal, json);
    return text;
  };

  it("names each problem on a line", () => {
    expect(errors(false)).toBe(
      'error: nothing was opened\n  line 3: siret must be a SIRET (found "1")\n',
    );
  });

  it("is one JSON document for programs", () => {
    expect(JSON.parse(errors(true))).toEqual({
      error: "nothing was opened",
      problems: [{ line: 3, argument: "siret", found: '"1"', rule: "must be a SIRET" }],
    });
  });
});

describe("a number", () => {
  it.each([
    [0, "0 rows were"],
    [1, "1 row was"],
    [2, "2 rows were"],
  ])("goes with its words: %i", (count, said) => {
    expect(counted(count, "row was", "rows were")).toBe(said);
  });
});
