import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openDatabase } from "../../src/storage/index.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { newPerson, sirets } from "../support/person.ts";
import type { RelyingParty } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [siret] = sirets;

/** A database that a release applied the first migrations of, and this build the others. */
function keptBefore(kind: DatabaseKind, release: string): DatabaseKind {
  return {
    ...kind,
    create: async (template) => {
      const home = await kind.create(template);
      const database = openDatabase(home.url);
      const first = await database.knex("schema_versions").min("migration", { as: "name" }).first();
      await database
        .knex("schema_versions")
        .where({ migration: String(first?.["name"]) })
        .update({ applied_by: release });
      await database.close();
      return home;
    },
  };
}

/** Where the forms of the sign-in and of the sign-out may lead, as browsers hold it against redirects. */
async function formActions(provider: TestProvider, portal: RelyingParty): Promise<string[]> {
  const { browser, ...person } = await newPerson(provider, siret);
  const asked = () => {
    const policy = browser.page.hops.at(-1)?.headers["content-security-policy"];
    return /form-action [^;]*/.exec(String(policy))?.[0] ?? "none";
  };
  const login = await portal.login(browser);
  const seen = [asked()];
  await person.signIn();
  const { tokens } = await login.signedIn();
  await browser.open(await portal.endSessionUrl(tokens.id_token ?? "", {}));
  return [...seen, asked()];
}

describe.each(databases)("beside a node of the release before, on $name", (kind) => {
  let provider: TestProvider;
  let portal: RelyingParty;
  const start = async (database: DatabaseKind) => {
    provider = await startTestProvider(database, { clients: { portal: {} } });
    portal = provider.party("portal");
  };

  describe("where 0.2.0 kept the database", () => {
    beforeAll(() => start(keptBefore(kind, "0.2.0")));
    afterAll(() => provider.stop());

    it("a form may lead to the client itself, which that release redirects to", async () => {
      const widened = `form-action 'self' ${portal.origin}`;
      expect(await formActions(provider, portal)).toEqual([widened, widened]);
    });
  });

  describe("where this build made the database", () => {
    beforeAll(() => start(keptBefore(kind, "0.3.0")));
    afterAll(() => provider.stop());

    it("a form leads to us alone", async () => {
      const closed = "form-action 'self'";
      expect(await formActions(provider, portal)).toEqual([closed, closed]);
    });
  });
});
