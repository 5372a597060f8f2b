import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { AccountSearchStore } from "../../src/backoffice/account-search-store.ts";
import { type SearchAccounts, createAccountSearch } from "../../src/backoffice/account-search.ts";
import { type Database, migrate, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

describe.each(databases)("the search of accounts, on $name", (kind) => {
  let home: TestDatabase;
  let database: Database;
  let search: SearchAccounts;
  const add = async (email: string, given_name: string, family_name: string): Promise<number> => {
    const [row] = await database
      .knex("accounts")
      .insert({
        sub: `sub-${email}`,
        ...{ email, given_name, family_name, locale: "fr", state: "active" },
        ...{ email_verified_at: 1, credentials_changed_at: 0, created_at: 1, updated_at: 1 },
      })
      .returning<{ id: number }[]>("id");
    return row?.id ?? 0;
  };
  const open = async (account_id: number, siret: string) => {
    const known = { siret, created_at: 1, updated_at: 1 };
    await database.knex("establishments").insert(known).onConflict("siret").ignore();
    await database
      .knex("accesses")
      .insert({ account_id, siret, opened_at: 1, opened_by: "operator" });
  };
  const found = async (typed: string, before?: number) => {
    const outcome = await search(typed, before);
    if (!outcome.accepted) return outcome.problems[0].reason;
    return outcome.value.accounts.map(({ email }) => email.split("@")[0]);
  };

  beforeAll(async () => {
    home = await kind.create(migrated);
    database = openDatabase(home.url);
    search = createAccountSearch(new AccountSearchStore(database));
    await add("zoe.lefevre@boulangerie.test", "Zoé", "Lefèvre");
    const claude = await add("claude75@cfa.test", "Claude", "D'Été-Müller");
    const jeanne = await add("jeanne@cfa.test", "Jeanne", 'Du"rand % _');
    await open(claude, "13002526500013");
    await open(jeanne, "13002526500013");
    await open(jeanne, "41816609600051");
    await add("claire@xn--socit-esab.fr", "Claire", "Petit");
    await database
      .knex("establishments")
      .where({ siret: "41816609600051" })
      .update({ name: "L’Atelier du Cœur", address: "3 RUE DE L'ÎLE 35300 FOUGÈRES" });
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });

  it("finds by the beginning of a SIRET those alone whose SIRET begins so", async () => {
    expect(await found("130025265")).toEqual(["jeanne", "claude75"]);
    expect(await found("418 166 096")).toEqual(["jeanne"]);
    expect(await found("130025264")).toEqual([]);
    expect(await found("418166097")).toEqual([]);
  });

  it("lists everybody, the newest first, when nothing is typed", async () => {
    expect(await found("")).toEqual(["claire", "jeanne", "claude75", "zoe.lefevre"]);
  });

  it.each([
    ["part of a name", "fèv", ["zoe.lefevre"]],
    ["another case and no accents", "LEFEVRE", ["zoe.lefevre"]],
    ["accents where there are none", "jéàn", ["jeanne"]],
    ["composed otherwise", "Mu\u0308ller", ["claude75"]],
    ["part of an address", "@cfa", ["jeanne", "claude75"]],
    ["a domain with accents", "claire@société.fr", ["claire"]],
    ["a domain with accents alone", "Société.FR", ["claire"]],
    ["a domain as the network knows it", "xn--socit-esab.fr", ["claire"]],
    ["words in any order", "lefèvre zoé", ["zoe.lefevre"]],
    ["words of which one is nowhere", "zoé durand", []],
    ["short words beside long ones", "d' été", ["claude75"]],
    ["quotes, wildcards and operators as letters", 'du"r', ["jeanne"]],
    ["a wildcard that matches nothing", "jea%ne", []],
    ["an operator of the index", "zoé OR jeanne", []],
    ["a whole SIRET, grouped", "130 025 265 00013", ["jeanne", "claude75"]],
    ["a SIREN", "418166096", ["jeanne"]],
    ...[
      "130_025_265_00013",
      "130/025/265",
      "130,025,265.00013",
      "１３００２５２６５",
      "130\u200b025265",
      "١٣٠٠٢٥٢٦٥",
    ].map(
      (typed) =>
        ["a number as the reader of lists takes it", typed, ["jeanne", "claude75"]] as const,
    ),
    ["the beginning of a SIRET", "4181", ["jeanne"]],
    ["a SIRET nobody has", "35600000009075", []],
    ["digits of an address", "e75", ["claude75"]],
    ["the name of an establishment", "atelier", ["jeanne"]],
    ["its address", "fougères", ["jeanne"]],
    ["its name and address as people type them", "l'atelier coeur rue île", ["jeanne"]],
    ["words of an establishment and of a person", "atelier jeanne", []],
    ["words between control characters", "zo\0é lefèvre\u202e", ["zoe.lefevre"]],
  ])("finds %s", async (_, typed, expected) => {
    expect(await found(typed)).toEqual(expected);
  });

  it("reads no table from end to end, whatever is looked for", async () => {
    const asked: { sql: string; bindings: unknown[] }[] = [];
    const listen = ({ sql, bindings }: { sql: string; bindings: unknown[] }) => {
      asked.push({ sql, bindings });
    };
    for (const typed of ["", "lefevre", "atelier coeur", "130025265", "13002526500013"]) {
      asked.length = 0;
      database.knex.on("query", listen);
      await search(typed, undefined);
      database.knex.removeListener("query", listen);
      expect(asked).not.toEqual([]);
      const plans = [];
      for (const { sql, bindings } of asked) plans.push(await planOf(database, sql, bindings));
      const plan = plans.join("\n");
      expect([typed, wholeTables.exec(plan)?.[0]]).toEqual([typed, undefined]);
      for (const index of indexes[database.dialect][typed] ?? []) {
        expect([typed, plan]).toEqual([typed, expect.stringContaining(index)]);
      }
    }
  });

  it("knows who was there before its index", async () => {
    const directory = fileURLToPath(new URL("../../migrations", import.meta.url));
    const settings = { directory, loadExtensions: [".ts"], tableName: "migrations" };
    for (const name of ["047-folded-search-indexes", "046-folded-search", "014-account-search"]) {
      await database.knex.migrate.down({ ...settings, name: `${name}.ts` });
    }
    await migrate(database);
    expect(await found("lefevre")).toEqual(["zoe.lefevre"]);
    expect(await found("coeur fougeres")).toEqual(["jeanne"]);
  });

  it("folds letters, apostrophes, hyphens and spaces of every kind, as they are kept and as they are typed", async () => {
    const joints = [
      "'",
      "’",
      "ʼ",
      "-",
      "\u2010",
      "–",
      "\u00a0",
      "\u202f",
      "\u2009",
      "\u00ad",
      "\u200b",
    ];
    const names = [
      ...joints.map((joint) => `Anne${joint}Sophie`),
      ...["Lœbœuf", "LŒBŒUF", "Cæsar", "Strauß", "Sørensen", "Łukasz", "STRAUẞ", "ÇELİK"],
    ];
    const ids = [];
    for (const [place, name] of names.entries()) {
      ids.push(await add(`fold${String(place)}@fold.test`, name, "Pliée"));
    }
    const foldedOf = async (typed: string) => ((await found(`${typed} pliee`)) as string[]).length;
    for (const joint of joints) {
      expect([joint, await foldedOf(`anne${joint}sophie`)]).toEqual([joint, joints.length]);
    }
    const spelt = { loeboeuf: 2, LŒBŒUF: 2, caesar: 1, strauss: 2, straß: 0, soren: 1, lukasz: 1 };
    for (const [typed, count] of Object.entries({ ...spelt, Łuka: 1, sörensen: 1, celik: 1 })) {
      expect([typed, await foldedOf(typed)]).toEqual([typed, count]);
    }
    await database.knex("accounts").whereIn("id", ids).delete();
    expect(await found("pliee")).toEqual([]);
  });

  it("follows an establishment whose name and address change", async () => {
    const id = await add("suivi@cfa.test", "Sylvie", "Suivie");
    await open(id, "79999999999999");
    const rename = (name: string | null, address: string | null) =>
      database.knex("establishments").where({ siret: "79999999999999" }).update({ name, address });
    await rename("Forge d’Œil", null);
    expect(await found("forge oeil")).toEqual(["suivi"]);
    await rename("Moulinet", "9 QUAI DU PORT");
    expect([await found("forge oeil"), await found("moulinet quai")]).toEqual([[], ["suivi"]]);
    await rename(null, null);
    expect(await found("moulinet")).toEqual([]);
  });

  it("finds the holders of a name that very many establishments have, page by page", async () => {
    const count = 2100;
    const sirets = Array.from({ length: count }, (_, place) => String(70_000_000_000_000 + place));
    const rows = sirets.map((siret) => ({
      siret,
      name: "Lycée commun",
      created_at: 1,
      updated_at: 1,
    }));
    for (let from = 0; from < count; from += 300) {
      await database.knex("establishments").insert(rows.slice(from, from + 300));
    }
    const ids = [];
    for (let number = 0; number < 30; number++) {
      const id = await add(`commun${String(number)}@cfa.test`, "Commune", "Paire");
      ids.push(id);
      await open(id, sirets[number * 70] ?? "");
    }
    const first = await search("lycee commun", undefined);
    const next = first.accepted ? first.value.next : undefined;
    expect([((await found("lycee commun")) as string[]).length, next]).toEqual([25, ids[5]]);
    expect(await found("lycee commun", next)).toHaveLength(5);
  });

  it("refuses what is too short for its index", async () => {
    expect(await found("zo")).toBe("search-too-short");
    expect(await found("a b c")).toBe("search-too-short");
    expect(await found("75")).toBe("search-too-short");
  });

  it("follows a name that changes, and forgets who is erased", async () => {
    const id = await add("camille@cfa.test", "Camille", "Moulin");
    await open(id, "35600000000048");
    await database.knex("accounts").where({ id }).update({ family_name: "Hélène" });
    expect(await found("moulin")).toEqual([]);
    expect(await found("helene")).toEqual(["camille"]);
    expect(await found("35600000000048")).toEqual(["camille"]);
    await database
      .knex("accounts")
      .where({ id })
      .update({ email: null, given_name: "", family_name: "", state: "deleted" });
    expect(await found("camille")).toEqual([]);
    expect(await found("35600000000048")).toEqual([]);
    expect(await found("")).not.toContain("camille");
  });

  it("finds a word behind very many texts that have its every three letters and not the word", async () => {
    const { knex } = database;
    const known = { created_at: 1, updated_at: 1 };
    const account = { locale: "fr", state: "active", email_verified_at: 1, ...known };
    await add("ananas.1@fruit.test", "Léa", "Ananas");
    const holder = await add("holder@fruit.test", "Léa", "Porte");
    await open(holder, "80000000000001");
    await knex("establishments").where({ siret: "80000000000001" }).update({ name: "Le Kiwik" });
    const people = Array.from({ length: 650 }, (_, place) => ({
      ...{ ...account, sub: `anana-${String(place)}`, email: `a.${String(place)}@fruit.test` },
      ...{ given_name: "Anana", family_name: "Nas", credentials_changed_at: 0 },
    }));
    await knex.batchInsert("accounts", people, 50);
    // One newer account has them all.
    const many = await add("many@fruit.test", "Léa", "Beaucoup");
    const sirets = Array.from({ length: 650 }, (_, place) => String(81_000_000_000_000 + place));
    await knex.batchInsert(
      "establishments",
      sirets.map((siret) => ({ siret, name: "Kiwi Wik", ...known })),
      50,
    );
    const opened = { account_id: many, opened_at: 1, opened_by: "operator" };
    await knex.batchInsert(
      "accesses",
      sirets.map((siret) => ({ ...opened, siret })),
      50,
    );
    expect(await found("ananas")).toEqual(["ananas.1"]);
    expect(await found("kiwik")).toEqual(["holder"]);
    expect(await found("kiwi wik")).toEqual(["many", "holder"]);
  });

  it("pages without a gap or a double, whatever was typed", async () => {
    const erased = [];
    for (let number = 0; number < 70; number++) {
      const id = await add(`page.${number}@page.test`, "Page", "Tournée");
      await open(id, "55208131766522");
      if (number % 3 === 0) erased.push(id);
    }
    await database.knex("accounts").whereIn("id", erased).update({ email: null });
    for (const typed of ["page", "tourn page", "552081317", "55208131766522"]) {
      const all: string[] = [];
      for (let before: number | undefined, pages = 1; ; pages++) {
        const outcome = await search(typed, before);
        if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
        all.push(...outcome.value.accounts.map(({ email }) => email));
        before = outcome.value.next;
        if (before !== undefined) continue;
        expect(pages).toBe(2);
        break;
      }
      expect([typed, all.length, new Set(all).size]).toEqual([typed, 46, 46]);
    }
  });
});

/** A table read from end to end, as either database words it. */
const wholeTables =
  /SCAN (?:accounts|accesses|establishments|near)\b(?! USING)[^\n]*|Seq Scan on (?:accounts|accesses|establishments)\b/;

/** What each search goes by. */
const indexes: Record<Database["dialect"], Readonly<Record<string, readonly string[]>>> = {
  sqlite: {
    lefevre: ["account_words VIRTUAL TABLE"],
    "atelier coeur": ["account_words VIRTUAL TABLE", "establishment_words VIRTUAL TABLE"],
    "130025265": ["(siret>? AND siret<?)"],
    "13002526500013": ["(siret=?"],
  },
  postgres: {
    lefevre: ["Index Scan on accounts_by_folded_words"],
    "atelier coeur": [
      "Index Scan on accounts_by_folded_words",
      "Index Scan on establishments_by_words",
    ],
    "130025265": ["accesses_by_siret_account", "siret >= '"],
    "13002526500013": ["accesses_by_siret_account", "siret = '"],
  },
};

/** How a statement would be carried out; on PostgreSQL as in a table that is worth an index. */
async function planOf(
  { knex, dialect }: Database,
  sql: string,
  bindings: unknown[],
): Promise<string> {
  if (dialect === "sqlite") {
    const rows = await knex.raw<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, bindings as []);
    return rows.map(({ detail }) => detail).join("\n");
  }
  return knex.transaction(async (transaction) => {
    await transaction.raw("SET LOCAL enable_seqscan = off");
    const statement = `EXPLAIN ${sql.replace(/\$\d+/g, "?")}`;
    const { rows } = await transaction.raw<{ rows: { "QUERY PLAN": string }[] }>(
      statement,
      bindings as [],
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
}
