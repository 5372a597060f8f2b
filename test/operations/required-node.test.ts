import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";

const file = "config/required-node.cjs";
const { unmet, leastNode, leastSqlite } = createRequire(import.meta.url)(`../../${file}`) as {
  readonly leastNode: string;
  readonly leastSqlite: string;
  readonly unmet: (
    versions: { readonly node: string; readonly sqlite?: string },
    leastNode: string,
  ) => string | undefined;
};

describe("the Node that runs it", () => {
  it.each([
    ["20.20.2", undefined, "Node 20.20.2 is too old: production needs Node 24.15 or newer"],
    ["24.14.1", "3.51.2", "Node 24.14.1 is too old"],
    ["8.17.0", undefined, "Node 8.17.0 is too old"],
    ["24.15.0", "3.51.2", "the SQLite 3.51.2 in Node 24.15.0 may damage a database"],
    ["26.1.0", "3.46.1", "production needs a Node with SQLite 3.51.3 or newer"],
    ["25.1.0", undefined, "Node 25.1.0 was built without SQLite"],
  ])("is refused as %s with SQLite %s, in one line", (node, sqlite, said) => {
    const line = unmet({ node, ...(sqlite && { sqlite }) }, "24.15");
    expect(line).toContain(said);
    expect(line).not.toContain("\n");
  });

  it.each([
    ["24.15.0", "3.51.3"],
    ["24.21.0", "3.53.4"],
    ["26.0.0", "3.60.0"],
    ["30.0.0", "4.0.0"],
  ])("is taken as %s with SQLite %s", (node, sqlite) => {
    expect(unmet({ node, sqlite }, leastNode)).toBeUndefined();
  });

  it("is the one of `engines`, and this one is taken", () => {
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as {
      engines: { node: string };
    };
    expect([engines.node, leastSqlite]).toEqual([`>=${leastNode}`, "3.51.3"]);
    expect(spawnSync(process.execPath, [file], { encoding: "utf8" })).toMatchObject({
      ...{ status: 0, stdout: "", stderr: "" },
    });
  });

  it("is asked before each start, and written so that every Node can read it", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of ["start:production", "lopauth"]) {
      expect(scripts[name]).toMatch(new RegExp(`^node ${file} && `));
    }
    expect(scripts["postinstall"]).toBe(`node ${file} --install`);
    expect(readFileSync(file, "utf8")).not.toMatch(/`|=>|\b(const|let)\b|\?\.|\?\?/);
  });
});
