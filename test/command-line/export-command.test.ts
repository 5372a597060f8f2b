import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Operator, createOperator, dinum, laPoste } from "./operator.ts";

const camille = "camille@cfa.test";
let operator: Operator;

describe.each(databases)("lopauth export, on $name", ({ create }) => {
  beforeEach(async () => {
    operator = await createOperator(create);
    await operator.addAccount(camille);
    const reason = "=convention; « d’été »";
    const until = ["--until", "2027-12-31"];
    await operator.run("access", "open", camille, dinum, "--name", "+33 CFA", "--reason", reason);
    await operator.run("access", "open", camille, laPoste, ...until);
    await operator.run("access", "close", camille, laPoste);
  });
  afterEach(async () => {
    await operator.drop();
  });
  const pathOf = (name: string) => join(operator.folder, name);
  const save = (table: string, format: string, file = pathOf(`${table}.${format}`)) =>
    operator.run("export", table, "--format", format, "--output", file, "--json");
  const read = (name: string) => readFileSync(pathOf(name), "utf8");

  it("saves each table for its owner alone, and the audit says so", async () => {
    const answer = await save("accounts", "csv");
    const file = pathOf("accounts.csv");
    expect(answer.document()).toEqual({ file, table: "accounts", format: "csv", rows: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(read("accounts.csv")).toMatch(/^\ufeffIdentifiant;Email;.*\r\n[^;]+;camille@cfa.test;/);
    expect((await save("requests", "jsonl")).document()).toMatchObject({ rows: 0 });
    expect((await save("audit", "jsonl")).code).toBe(0);
    const events = read("audit.jsonl").trimEnd().split("\n");
    const last = events.slice(-3).map((line) => JSON.parse(line) as object);
    const by = { outcome: "accepted", actor: "operator" };
    expect(last).toMatchObject([
      { ...by, name: "register-exported", details: { table: "accounts", format: "csv" } },
      { ...by, name: "register-exported", details: { table: "requests", format: "jsonl" } },
      { ...by, name: "audit-exported", details: { format: "jsonl" } },
    ]);
  });

  it.each(["csv", "jsonl"])("saves accesses that import again, as %s", async (format) => {
    await save("accesses", format);
    const other = await createOperator(create);
    try {
      await other.addAccount(camille);
      const imported = await other.run("access", "import", pathOf(`accesses.${format}`));
      expect([imported.code, imported.err]).toEqual([0, ""]);
      const open = async ({ run }: Operator) => {
        const { document } = await run("access", "list", "--json");
        const all = document() as { state: string; siret: string; name: string; reason: string }[];
        return all
          .filter(({ state }) => state === "open")
          .map(({ siret, name, reason }) => ({ siret, name, reason }));
      };
      const there = await open(other);
      expect(there).toEqual(await open(operator));
      expect(there).toMatchObject([{ siret: dinum, name: "+33 CFA" }]);
    } finally {
      await other.drop();
    }
  });

  it("overwrites nothing, and records nothing then", async () => {
    const file = operator.addFile("kept.csv", "kept");
    const refused = await save("accounts", "csv", file);
    expect([refused.code, refused.out, read("kept.csv")]).toEqual([1, "", "kept"]);
    expect(refused.err).toContain("an export never overwrites");
    const nowhere = await save("accounts", "csv", pathOf("no/where.csv"));
    expect(nowhere.err).toContain("must be in a folder that exists");
    expect((await operator.run("audit", "list")).out).not.toContain("register-exported");
    expect((await operator.run("export", "secrets", "--output", file)).code).toBe(2);
    expect((await operator.run("export", "accounts")).code).toBe(2);
  });
});
