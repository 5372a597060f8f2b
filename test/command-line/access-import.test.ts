import { beforeEach, describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { workbook } from "../support/workbook.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { createOperator, dinum, laPoste } from "./operator.ts";

const camille = "camille@cfa.test";
const dominique = "dominique@cfa.test";

describe.each(databases)("lopauth access import on $name", ({ create }) => {
  const operator = opened(() => createOperator(create));

  beforeEach(async () => {
    await operator.clear();
    for (const email of [camille, dominique]) await operator.addAccount(email);
  });

  const importing = (content: string | Uint8Array, ...options: string[]) =>
    operator.run("access", "import", operator.addFile("accesses.csv", content), ...options);
  const openCount = async () =>
    ((await operator.run("access", "list", "--json")).document() as unknown[]).length;
  const letterCount = async () => (await operator.database.knex("outbox")).length;

  const file = [
    "\ufeffsiret;email;name;until;reason",
    `130 025 265 00013;${camille};"DINUM; Paris";2027-08-31;rentrée`,
    `${laPoste};CAMILLE@cfa.test;;;`,
    `${dinum};${dominique};;;`,
    "",
  ].join("\r\n");

  it("opens every line with one mail a person", async () => {
    const { code, out } = await importing(file);
    expect(code).toBe(0);
    expect(out).toBe(
      "opened  line 2  camille@cfa.test    130 025 265 00013  DINUM; Paris  until 2027-08-31\n" +
        "opened  line 3  camille@cfa.test    356 000 000 00048\n" +
        "opened  line 4  dominique@cfa.test  130 025 265 00013\n" +
        "3 opened, 0 already open; 2 people told by mail.\n",
    );
    expect(await letterCount()).toBe(2);
    const accesses = (await operator.run("access", "list", "--json")).document();
    expect(accesses).toMatchObject([
      { email: camille, siret: dinum, name: "DINUM; Paris", until: "2027-08-31T22:00:00Z" },
      { email: camille, siret: laPoste, until: null, reason: null },
      { email: dominique, siret: dinum, name: "DINUM; Paris", opened_by: "operator" },
    ]);
  });

  it("opens nothing the second time", async () => {
    await importing(file);
    const { document } = await importing(file, "--json");
    expect(document()).toMatchObject({ dry_run: false, opened: [], people: 0 });
    expect(await letterCount()).toBe(2);
  });

  it("shows the difference in a dry run, and changes nothing", async () => {
    await operator.run("access", "open", camille, laPoste);
    const { code, document } = await importing(file, "--dry-run", "--json");
    expect(code).toBe(0);
    expect(document()).toEqual({
      dry_run: true,
      to_open: [
        {
          line: 2,
          email: camille,
          siret: dinum,
          name: "DINUM; Paris",
          until: "2027-08-31T22:00:00Z",
          reason: "rentrée",
        },
        { line: 4, email: dominique, siret: dinum, name: null, until: null, reason: null },
      ],
      already_open: [{ line: 3, email: camille, siret: laPoste }],
      ...{ to_invite: [], already_invited: [], repeated: [], ended: [] },
      ...{ unread_columns: [], unread_sheets: [] },
      people: 2,
    });
    expect(await openCount()).toBe(1);
    expect(await letterCount()).toBe(1);
  });

  it("opens nothing when one line is wrong, and names each with its line", async () => {
    await operator.run("account", "disable", dominique);
    const lines = [
      "email,siret,name,until",
      `${camille},${dinum},,`,
      `${dominique},${dinum},,`,
      `nobody@cfa.test,${dinum},,`,
      `${camille},13002526500014,,`,
      `${camille},${laPoste},${"n".repeat(201)},`,
    ];
    const { code, out, failure } = await importing(lines.join("\n"), "--json");
    expect([code, out]).toEqual([1, ""]);
    const { error, problems } = failure() as { error: string; problems: { line: number }[] };
    expect(error).toBe("nothing was opened");
    expect(problems).toMatchObject([
      { line: 3, argument: "email", rule: expect.stringContaining("active account") },
      { line: 4, argument: "email", rule: expect.stringContaining("signs up first") },
      { line: 5, argument: "siret", found: '"13002526500014"' },
      { line: 6, argument: "name", rule: "must have at most 200 characters" },
    ]);
    expect(problems).toHaveLength(4);
    expect(await openCount()).toBe(0);
  });

  it("shows in a dry run what the right lines would open beside the problems of the others", async () => {
    const { code, out, err } = await importing(
      `email,siret\n${camille},${dinum}\nnobody@cfa.test,${dinum}`,
      "--dry-run",
    );
    expect(code).toBe(1);
    expect(out).toContain("1 to open, 0 already open; 1 person would be told by mail.");
    expect(err).toContain("error: nothing would be opened\n  line 3: email must be the address");
  });

  it("shows a head that is none in short, and nothing that a terminal would obey", async () => {
    const hostile = `\u001b]0;title\u0007\u001b[2J${"a".repeat(5000)};b\n1;2`;
    for (const kind of ["access", "account"]) {
      const file = operator.addFile("hostile.csv", hostile);
      const { code, err } = await operator.run(kind, "import", file);
      expect(code).toBe(1);
      expect(err).toContain("must have a column email (found ");
      expect(err).not.toMatch(/[^\P{Cc}\n]/u);
      for (const line of err.split("\n")) expect(line.length).toBeLessThan(350);
    }
    const skipped = `email,siret,\u001b[2Jx\n${camille},${dinum},1`;
    const { out } = await importing(skipped, "--skip-unknown-columns", "--dry-run");
    expect(out).toContain("Column not read: ");
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    expect((await importing("")).err).toContain(
      "must name its columns and have a row (found nothing)",
    );
  });

  it("refuses a file that is missing, and one that is no list", async () => {
    const missing = await operator.run("access", "import", `${operator.folder}/none.csv`);
    expect(missing.err).toContain("FILE.csv must be a file that can be read");
    const old = await importing(Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0]));
    expect([missing.code, old.code]).toEqual([1, 1]);
    expect(old.err).toContain("must be .xlsx or CSV: this is .xls, or under a password");
  });

  it("reads what a French Excel saves: Windows-1252 and a workbook", async () => {
    const latin = `Adresse email;SIRET;Nom\r\n${camille};="${dinum}";CFA d'Évry\r\n`;
    expect((await importing(Buffer.from(latin, "latin1"))).code).toBe(0);
    const sheet = { 1: ["Email", "SIRET", "Fin"], 2: [dominique, Number(laPoste), { day: 46752 }] };
    const book = operator.addFile("liste.xlsx", workbook({ Feuil1: sheet }));
    expect((await operator.run("access", "import", book)).code).toBe(0);
    const accesses = (await operator.run("access", "list", "--json")).document();
    expect(accesses).toMatchObject([
      { email: camille, siret: dinum, name: "CFA d'Évry" },
      { email: dominique, siret: laPoste, until: "2027-12-31T23:00:00Z" },
    ]);
  });

  it("invites, carries out the right lines alone and writes the others when it is told to", async () => {
    const list = [
      "Adresse email;SIRET;Région",
      `${camille};${dinum};Bretagne`,
      `nouvelle@cfa.test;${dinum};Corse`,
      `nouvelle@cfa.test;${laPoste};Corse`,
      `${dominique};13002526500014;Centre`,
    ].join("\n");
    expect((await importing(list)).err).toContain("header must have only the columns");
    const skip = "--skip-unknown-columns";
    expect((await importing(list, skip, "--invite")).code).toBe(1);
    expect([await openCount(), await letterCount()]).toEqual([0, 0]);
    const rejected = `${operator.folder}/rejected.csv`;
    const only = [skip, "--invite", "--only-right", "--rejected", rejected];
    const { code, out, err } = await importing(list, ...only);
    expect(code).toBe(1);
    expect(out).toContain("1 opened, 2 invited, 0 already open; 2 people told by mail.");
    expect(out).toContain("Column not read: Région");
    expect(err).toContain("error: 1 line was left out\n  line 5: siret must be a SIRET without");
    expect([await openCount(), await letterCount()]).toEqual([1, 2]);
    expect(readFileSync(rejected, "utf8")).toBe(
      "\ufeffAdresse email;SIRET;Région;Problem\r\n" +
        `${dominique};"=""13002526500014""";Centre;siret must be a SIRET without a mistyped digit: its check digits do not fit.\r\n`,
    );
    expect((await importing(list, ...only)).err).toContain("--rejected must be a new file");
  });

  it("is carried out as an export says it, and changes nothing the second time", async () => {
    const line = (email: string, siret: string) => JSON.stringify({ email, siret, until: null });
    const jsonl = operator.addFile(
      "list.jsonl",
      `${line(camille, dinum)}\n${line(dominique, laPoste)}\n`,
    );
    expect((await operator.run("access", "import", jsonl)).code).toBe(0);
    expect((await operator.run("access", "import", jsonl)).out).toContain(
      "0 opened, 2 already open",
    );
  });

  it("opens a thousand lines with one mail a person", async () => {
    const people = Array.from({ length: 500 }, (_, index) => `p${index}@cfa.test`);
    for (const email of people) await operator.addAccount(email);
    const lines = people.flatMap((email) => [`${email},${dinum}`, `${email},${laPoste}`]);
    const { code } = await importing(["email,siret", ...lines].join("\n"));
    expect(code).toBe(0);
    expect(await openCount()).toBe(1000);
    expect(await letterCount()).toBe(500);
  });
});
