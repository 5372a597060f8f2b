import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  askRecovery,
  newAddress,
  recoveryLink,
  signIn,
  signUp,
  validationLink,
} from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { plainClient } from "../support/plain-client.ts";
import { sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const [one, two] = sirets;

describe.each(databases)("what a stolen $name database opens", (kind) => {
  let provider: TestProvider;
  const password = "tramway-violet-de-minuit-84";
  const email = newAddress();
  /** Every secret that the journey saw, by what it is. */
  const secrets = new Map<string, string>();

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    await journey();
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Signs up, validates, chooses, gets tokens, signs in elsewhere, and leaves three things under way. */
  async function journey(): Promise<void> {
    const portal = plainClient(provider, "portal");
    const browser = new BrowserAgent({ stopBefore: [new URL(portal.redirectUri).origin] });
    const typed = { password, password_confirmation: password };
    await signUp(provider, email, { browser, changes: typed });
    const validation = await validationLink(provider, email);
    secrets.set("the token of a used validation", tokenOf(validation));
    await browser.open(validation);
    await browser.submit("Valider la création de mon compte");
    await provider.openAccess(email, one, two);
    const code = await portal.code(browser, { scope: "openid siret" }, async () => {
      secrets.set("an answered interaction", uidOf(browser));
      await signIn(browser, email, password);
      secrets.set("the session cookie before it was renewed", cookie(browser, "session"));
      await browser.fill({ siret: two }).submit("Continuer");
    });
    const { body } = await portal.redeem(code);
    secrets.set("a used code", code);
    secrets.set("a code", await portal.code(browser));
    secrets.set("an access token", String(body["access_token"]));
    secrets.set("a refresh token", String(body["refresh_token"]));
    secrets.set("the session cookie", cookie(browser, "session"));
    const known = browser.cookies
      .all()
      .filter(({ name }) => !/session|interaction|resume|way-back/.test(name));
    for (const { name, value } of known) secrets.set(`the cookie ${name}`, value);
    await portal.authorize(browser, { scope: "openid siret", prompt: "select_establishment" });
    secrets.set("an interaction under way", uidOf(browser));
    await askRecovery(provider, email);
    secrets.set("the token of a recovery under way", tokenOf(await recoveryLink(provider, email)));
    const other = newAddress();
    await signUp(provider, other, { changes: typed });
    secrets.set("the token of a sign-up", tokenOf(await validationLink(provider, other)));
    secrets.set("the password", password);
    secrets.set("the secret of a client", provider.clientSecret);
    for (const key of provider.application.settings.cookieKeys) secrets.set("a cookie key", key);
  }

  it("is read whole by this test: what may stand there is found", async () => {
    const stored = await everythingStored(provider, kind);
    for (const text of [email, one, "portal", "$argon2id$"]) expect(stored).toContain(text);
  });

  it("is nothing: no secret of a journey stands in it", async () => {
    const stored = await everythingStored(provider, kind);
    expect(secrets.size).toBeGreaterThanOrEqual(14);
    for (const [what, secret] of secrets) {
      expect([what, secret.length >= 20]).toEqual([what, true]);
      expect([what, stored.includes(secret)]).toEqual([what, false]);
    }
  });

  it("has no private signing key in clear", async () => {
    const stored = await everythingStored(provider, kind);
    expect(stored).not.toMatch(/\\?"(d|p|q|dp|dq|qi)\\?":\\?"/);
    expect(stored).not.toContain("PRIVATE KEY");
  });

  it("is not made up for by the log", () => {
    const log = provider.log.join("");
    expect(log).toContain('"signed-in"');
    for (const [what, secret] of secrets) {
      const line = provider.log.find((each) => each.includes(secret));
      expect([what, line]).toEqual([what, undefined]);
    }
    expect(log).not.toContain(email);
  });
});

function cookie(browser: BrowserAgent, name: string): string {
  return browser.cookies.all().find((each) => each.name === name)?.value ?? "";
}

function uidOf({ page }: BrowserAgent): string {
  return /\/interaction\/([^/?]+)/.exec(page.url)?.[1] ?? "";
}

function tokenOf(link: string): string {
  return new URL(link).pathname.split("/").at(-1) ?? "";
}

/** The bytes of every file of the database, journals and freed pages too; or every row as text. */
async function everythingStored(provider: TestProvider, kind: DatabaseKind): Promise<string> {
  if (kind.name === "SQLite") {
    const folder = dirname(provider.databaseUrl.replace("sqlite:", ""));
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file)).toString("latin1"))
      .join("\n");
  }
  const { knex } = provider.application.database;
  const tables = await knex("information_schema.tables")
    .whereRaw("table_schema = current_schema()")
    .pluck<string[]>("table_name");
  const rows = await Promise.all(
    tables.map((table) =>
      knex.select<{ row: string }[]>(knex.raw("??::text AS row", [table])).from(table),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}
