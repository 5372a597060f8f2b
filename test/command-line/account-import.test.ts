import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { workbook } from "../support/workbook.ts";
import { type Operator, createOperator } from "./operator.ts";

let operator: Operator;

describe.each(databases)("lopauth account import, on $name", ({ create }) => {
  beforeEach(async () => {
    operator = await createOperator(create);
  });
  afterEach(async () => {
    await operator.drop();
  });
  const importText = (text: string | Uint8Array, ...options: string[]) =>
    operator.run("account", "import", operator.addFile("list.csv", text), ...options, "--json");
  const head = "Email;Prénom;Nom\n";
  const accounts = (of = operator) => of.database.knex("accounts").orderBy("email").select();
  const problemsOf = (failure: unknown) =>
    (failure as { problems: { line: number; argument: string; rule: string }[] }).problems.map(
      ({ line, argument }) => `${line} ${argument}`,
    );

  it.each(["csv", "jsonl"])("makes what was exported the same again, as %s", async (format) => {
    await operator.addAccount("camille@cfa.test", { given_name: "Zoé", family_name: "D'Été" });
    await operator.addAccount("agente@opco.test", { role: "agent", locale: "en" });
    const winter = Date.parse("2026-10-25T04:30:05+01:00") / 1000;
    const ended = { state: "disabled", client_id: "portail-partenaire", created_at: winter };
    await operator.addAccount("eteint@cfa.test", ended);
    const file = join(operator.folder, `accounts.${format}`);
    const saved = await operator.run("account", "export", "--format", format, "--output", file);
    expect(saved.code).toBe(0);
    const other = await createOperator(create);
    try {
      const { code, err, document } = await other.run("account", "import", file, "--json");
      expect([code, err]).toEqual([0, ""]);
      expect(document()).toMatchObject({
        imported: [{ line: 2 - Number(format === "jsonl") }, {}, {}],
      });
      const again = join(other.folder, "again");
      await other.run("export", "accounts", "--format", format, "--output", again);
      expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
      const rows = (await accounts(other)) as { password_hash: unknown; staff_term: unknown }[];
      expect(rows.map((row) => [row.password_hash, row.staff_term])).toEqual(
        rows.map(() => [null, null]),
      );
      // A second time it changes nothing.
      const twice = await other.run("account", "import", file, "--json");
      expect(twice.document()).toMatchObject({ imported: [], already_there: [{}, {}, {}] });
      expect(await accounts(other)).toEqual(rows);
      const events = await other.run("audit", "list");
      expect(events.out.match(/account-imported/g)).toHaveLength(4);
      expect((await other.run("audit", "verify")).code).toBe(0);
      expect(await other.database.knex("outbox").select()).toEqual([]);
    } finally {
      await other.drop();
    }
  });

  it("takes the clock of a workbook's cell for that of Paris, as it takes it in CSV", async () => {
    const bytes = workbook({
      F: {
        1: ["email", "given_name", "family_name", "created_at"],
        2: ["zoe@cfa.test", "Zoé", "De La Tour", { day: 45658.75 }],
      },
    });
    expect(await importText(Buffer.from(bytes))).toMatchObject({ code: 0 });
    // 1 January 2025, 18:00 in Paris.
    expect(await accounts()).toMatchObject([{ created_at: 1735750800 }]);
  });

  it("takes a list as people have it, with what a spreadsheet makes of it, and new identifiers", async () => {
    const text = `sep=;\n\n${head}Zoe@CFA.test ;  Zoé ;De  La Tour;;\n;;\n`;
    const { code, document } = await importText(Buffer.from(text, "latin1"));
    expect([code, document()]).toMatchObject([0, { imported: [{ email: "zoe@cfa.test" }] }]);
    const [row] = (await accounts()) as { sub: string }[];
    expect(row).toMatchObject({ given_name: "Zoé", family_name: "De La Tour", state: "active" });
    expect(row?.sub.length).toBeGreaterThan(20);
    // Another spelling of a name that is there is said, and changes nothing.
    const again = await importText(`${head}zoe@cfa.test;Zoée;De La Tour\n`);
    expect(again.document()).toMatchObject({ already_there: [{ differs: ["given_name"] }] });
    // What the list has no column for it does not say.
    await operator.database.knex("accounts").update({ locale: "en", state: "disabled" });
    const silent = await importText(
      "email,given_name,family_name,state\nzoe@cfa.test,Zoé,De La Tour,\n",
    );
    expect(silent.document()).toMatchObject({ already_there: [{ differs: ["state"] }] });
    await operator.database.knex("accounts").update({ locale: "fr", state: "active" });
    expect(await accounts()).toMatchObject([{ given_name: "Zoé" }]);
  });

  it("says which sheets and columns without a title it leaves unread", async () => {
    const bytes = workbook({
      Comptes: {
        1: ["Email", "Prénom", "", "Nom"],
        2: ["Zoé <zoe@cfa.test>", "Zoé", "à revoir", "Durand"],
      },
      Notice: { 1: ["Ne pas modifier"] },
    });
    const { code, document } = await importText(bytes, "--dry-run");
    expect([code, document()]).toMatchObject([
      0,
      {
        to_import: [{ email: "zoe@cfa.test" }],
        unread_columns: ["C (without a title)"],
        unread_sheets: ["Notice"],
      },
    ]);
    const { out } = await operator.run("account", "import", operator.addFile("b.xlsx", bytes));
    expect(out).toContain(
      "Column not read: C (without a title)\nSheet not read: Notice\n1 imported",
    );
  });

  it("names every line that is wrong, and imports none of a list with one", async () => {
    await operator.addAccount("prise@cfa.test");
    await operator.addAccount("partie@cfa.test", { email: null, state: "deleted", sub: "gone" });
    const columns = "email,given_name,family_name,sub,state,role,locale,created_at\n";
    const lines = [
      "bonne@cfa.test,Zoé,Durand,,,,,",
      "pas une adresse,Zoé,Durand,,,,,",
      "a@cfa.test,,Dur<nd,,,,,",
      "b@cfa.test,Zoé,Durand,sans espace ?,éteint,chef,de,hier",
      "c@cfa.test,Zoé,Durand,,,,,2030-01-01T00:00:00Z",
      "bonne@cfa.test,Zoé,Durand,,,,,",
      "prise@cfa.test,Camille,Durand,another,,,,",
      "d@cfa.test,Zoé,Durand,gone,,,,",
      "e@cfa.test,Zoé,Durand,,,,,,,trop",
      // Words that say who acts: an account of that name would act as none of the staff.
      ...["operator", "retention", "self", "client:portal"].map(
        (sub, at) => `reserve${at}@cfa.test,Zoé,Durand,${sub},,,,`,
      ),
      '"f@cfa.test, Zoé <g@cfa.test>",Zoé,Durand,,,,,',
    ];
    const file = columns + lines.join("\n");
    const before = await accounts();
    const expected = [
      ...["3 email", "4 family_name", "4 given_name", "5 created_at", "5 locale", "5 role"],
      ...["5 state", "5 sub", "6 created_at", "7 email", "8 email", "9 sub", "10 fields"],
      ...["11 sub", "12 sub", "13 sub", "14 sub", "15 email"],
    ];
    for (const options of [[], ["--dry-run"]]) {
      const { code, failure } = await importText(file, ...options);
      expect([code, problemsOf(failure()).sort()]).toEqual([1, [...expected].sort()]);
      expect(await accounts()).toEqual(before);
    }
    for (const [text, problem] of [
      ["Email;Prénom\nzoe@cfa.test;Zoé\n", "1 header"],
      [`Couleur;${head}bleu;zoe@cfa.test;Zoé;Durand\n`, "1 header"],
      ["", "1 list"],
    ] as const) {
      const { code, failure } = await importText(text);
      expect([code, problemsOf(failure())]).toEqual([1, [problem]]);
    }
    expect(await accounts()).toEqual(before);
  });

  it("shows what it would do before it does anything, and carries out thousands at once", async () => {
    const many = Array.from({ length: 1200 }, (_, at) => `p${at}@cfa.test;Zoé;Durand`).join("\n");
    const dry = await importText(head + many, "--dry-run");
    expect(dry.code).toBe(0);
    expect((dry.document() as { to_import: object[] }).to_import).toHaveLength(1200);
    expect(await accounts()).toEqual([]);
    expect((await importText(head + many)).code).toBe(0);
    expect(await accounts()).toHaveLength(1200);
    expect((await operator.run("audit", "verify")).code).toBe(0);
  });
});
