import { beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { opened } from "../support/opened.ts";
import { createOperator, dinum, laPoste } from "./operator.ts";

const camille = "camille@cfa.test";

describe.each(databases)("lopauth access on $name", ({ create }) => {
  const operator = opened(() => createOperator(create));

  beforeEach(async () => {
    await operator.clear();
    await operator.addAccount(camille);
  });

  const letters = () => operator.database.knex("outbox").pluck<string[]>("name");
  const listed = async (...words: string[]) =>
    (await operator.run("access", "list", ...words, "--json")).document();

  describe("access open", () => {
    it("opens several, however their SIRET is typed, with one mail", async () => {
      const typed = ["130 025 265 00013", "356.000.000-00048"];
      const { code, out } = await operator.run("access", "open", camille, ...typed);
      expect(code).toBe(0);
      expect(out).toBe(
        "opened        130 025 265 00013\n" +
          "opened        356 000 000 00048\n" +
          `${camille} is told by mail.\n`,
      );
      expect(await letters()).toEqual(["establishments/access-opened"]);
      expect(await listed(camille)).toMatchObject([
        { siret: dinum, opened_by: "operator", state: "open" },
        { siret: laPoste, opened_by: "operator", state: "open" },
      ]);
    });

    it("keeps the name, the reason, and the end of the day in Paris", async () => {
      const options = ["--name", "DINUM", "--until", "2027-01-31", "--reason", "-3 mois"];
      const { document } = await operator.run(
        "access",
        "open",
        camille,
        dinum,
        ...options,
        "--json",
      );
      expect(document()).toEqual({
        email: camille,
        opened: [dinum],
        already_open: [],
        until: "2027-01-31T23:00:00Z",
      });
      expect(await listed()).toMatchObject([
        { name: "DINUM", reason: "-3 mois", until: "2027-01-31T23:00:00Z" },
      ]);
      expect((await operator.run("access", "list")).out).toContain("-3 mois  2027-01-31");
    });

    it("says what was open already, and writes no mail about it", async () => {
      await operator.run("access", "open", camille, dinum);
      const both = await operator.run("access", "open", camille, dinum, laPoste, "--json");
      expect(both.document()).toMatchObject({ opened: [laPoste], already_open: [dinum] });
      const again = await operator.run("access", "open", camille, dinum);
      expect(again.out).toBe("already open  130 025 265 00013\nNothing changed.\n");
      expect(await letters()).toHaveLength(2);
    });

    it("invites an address without account when told, and says what waited already", async () => {
      const words = [
        "access",
        "open",
        "Nobody@cfa.test",
        dinum,
        "--invite",
        "--until",
        "2027-01-31",
      ];
      const { code, out } = await operator.run(...words);
      expect([code, out]).toEqual([
        0,
        "invited          130 025 265 00013\nnobody@cfa.test is invited by mail.\n",
      ]);
      expect(await letters()).toEqual(["establishments/invited"]);
      const again = await operator.run(...words, "--json");
      expect(again.document()).toEqual({
        email: "nobody@cfa.test",
        invited: [],
        already_invited: [dinum],
        until: "2027-01-31T23:00:00Z",
      });
      expect((await operator.run(...words)).out).toContain("Nothing changed.");
      expect(await listed()).toEqual([]);
    });

    it("names what is wrong with an invitation, and invites nobody", async () => {
      const words = ["access", "open", "nobody@cfa.test", dinum, "--invite"];
      const { code, err } = await operator.run(...words, "--reason", "r".repeat(501));
      expect(code).toBe(1);
      expect(err).toContain("nobody was invited\n  --reason must have at most 500 characters");
      const malformed = await operator.run("access", "open", "nobody", dinum, "--invite");
      expect(malformed.err).toContain("EMAIL must be an e-mail address");
      expect(await letters()).toEqual([]);
    });

    it("says that no mail goes to an address that got enough of them", async () => {
      const said = [];
      for (const siret of manySirets(6, "418166096")) {
        const words = ["access", "open", "often@cfa.test", siret, "--invite"];
        said.push((await operator.run(...words)).out.split("\n")[1]);
      }
      expect(said[4]).toBe("often@cfa.test is invited by mail.");
      expect(said[5]).toContain("got enough mails of this kind");
      expect(await letters()).toHaveLength(5);
    });

    it("opens at once to an account, --invite or not", async () => {
      const { out } = await operator.run("access", "open", camille, dinum, "--invite");
      expect(out).toContain("opened        130 025 265 00013");
    });

    it("names every problem and opens nothing", async () => {
      const words = ["123", dinum, "13002526500014", "--until", "2027-01-14"];
      const { code, out, err } = await operator.run("access", "open", "nobody@cfa.test", ...words);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toBe(
        "error: nothing was opened\n" +
          '  EMAIL must be the address of an account: the person signs up first (found "nobody@cfa.test")\n' +
          '  SIRET must be a SIRET: 14 digits (found "123")\n' +
          "  SIRET must be a SIRET without a mistyped digit: its check digits do not fit (found " +
          '"13002526500014")\n' +
          '  --until must be in the future (found "2027-01-14")\n',
      );
      expect(await listed()).toEqual([]);
    });

    it("takes an end one second ahead, and refuses now", async () => {
      const until = (instant: string) =>
        operator.run("access", "open", camille, dinum, "--until", instant);
      expect((await until("2027-01-15T09:00:00+01:00")).code).toBe(1);
      expect((await until("2027-01-15T09:00:01+01:00")).code).toBe(0);
    });

    it("names each of several establishments, in the order of their SIRETs", async () => {
      const names = ["--name", "DINUM", "--name", "La Poste"];
      const opened = await operator.run("access", "open", camille, laPoste, dinum, ...names);
      expect([opened.code, opened.err]).toEqual([0, ""]);
      const list = await operator.run("access", "list", camille, "--json");
      expect(list.document()).toMatchObject([
        { siret: dinum, name: "La Poste" },
        { siret: laPoste, name: "DINUM" },
      ]);
    });

    it("refuses texts that are too long, and a disabled account", async () => {
      const long = ["--name", "n".repeat(201), "--reason", "r".repeat(501)];
      const texts = await operator.run("access", "open", camille, dinum, ...long, "--json");
      expect(texts.failure()).toMatchObject({
        problems: [
          { argument: "--reason", rule: "must have at most 500 characters" },
          { argument: "--name", rule: "must have at most 200 characters" },
        ],
      });
      await operator.run("account", "disable", camille);
      const { code, err } = await operator.run("access", "open", camille, dinum);
      expect(code).toBe(1);
      expect(err).toContain(
        `EMAIL must be the address of an active account: this one is disabled (found "${camille}")`,
      );
    });

    it.each([
      ["no SIRET", [camille]],
      ["a name for several", [camille, dinum, laPoste, "--name", "Which?"]],
      ["more names than SIRETs", [camille, dinum, "--name", "One", "--name", "Two"]],
      ["an unknown option", [camille, dinum, "--since", "2027-01-01"]],
    ])("refuses %s as wrong usage", async (_what, words) => {
      const { code, out, err } = await operator.run("access", "open", ...words);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^error: .*\n\nUsage: lopauth access open /);
    });
  });

  describe("access close", () => {
    it("closes with a reason and one mail, and says what was not open", async () => {
      await operator.run("access", "open", camille, dinum);
      const { out } = await operator.run(
        "access",
        "close",
        camille,
        laPoste,
        "130 025 265 00013",
        "--reason",
        "départ",
      );
      expect(out).toBe(
        "closed    130 025 265 00013\n" +
          "not open  356 000 000 00048\n" +
          `${camille} is told by mail.\n`,
      );
      expect(await letters()).toContain("establishments/access-closed");
      expect(await listed(dinum)).toMatchObject([
        { state: "ended", closed_by: "operator", close_reason: "départ" },
      ]);
    });

    it("names every problem and closes nothing", async () => {
      await operator.run("access", "open", camille, dinum);
      const { code, failure } = await operator.run("access", "close", "x", dinum, "1", "--json");
      expect(code).toBe(1);
      expect(failure()).toMatchObject({
        error: "nothing was closed",
        problems: [
          { argument: "EMAIL", found: '"x"' },
          { argument: "SIRET", found: '"1"' },
        ],
      });
      expect(await listed()).toMatchObject([{ state: "open" }]);
    });
  });

  describe("access list", () => {
    it("finds by address and by SIRET as typed", async () => {
      await operator.addAccount("dominique@cfa.test");
      await operator.run("access", "open", camille, dinum);
      await operator.run("access", "open", "dominique@cfa.test", laPoste);
      expect(await listed()).toHaveLength(2);
      expect(await listed("Camille@CFA.test")).toMatchObject([{ siret: dinum }]);
      expect(await listed("356 000 000 00048")).toMatchObject([{ email: "dominique@cfa.test" }]);
    });

    it("refuses an address without account and a SIRET that is none", async () => {
      expect((await operator.run("access", "list", "nobody@cfa.test")).code).toBe(1);
      const { code, err } = await operator.run("access", "list", "130");
      expect(code).toBe(1);
      expect(err).toContain('EMAIL|SIRET must be a SIRET: 14 digits (found "130")');
    });
  });
});
