import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { openArtifactsFile } from "../../src/artifacts/sqlite-schema.ts";
import { prepareStatements } from "../../src/artifacts/sqlite-statements.ts";

describe("the statements of the artifacts on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-"));
  const database = openArtifactsFile(join(folder, "artifacts.sqlite3"), 1000);
  afterAll(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // All of them block the event loop. To count the people of a client every grant is looked at, for a page that asks before an act.
  it("find what they want by an index of it, and read no model nor table whole", () => {
    const whole = Object.entries(prepareStatements(database)).flatMap(([name, { sourceSQL }]) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sourceSQL}`)
        .all()
        .map((step) => `${name}: ${String(step["detail"])}`)
        .filter((step) => /SCAN (?!json_each)|\(model=\?\)/.test(step)),
    );
    expect(whole).toEqual([
      "peopleOfClient: SCAN frozen_establishments USING INDEX frozen_establishments_account",
    ]);
  });
});
