import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { examined } from "../../src/examination/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { ConfigurationError, readSettings } from "../../src/operations/index.ts";
import { type Operator, createOperator } from "../command-line/operator.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";

const portal = {
  client_id: "portal",
  client_secret: "${PORTAL_CLIENT_SECRET}",
  redirect_uris: ["${PORTAL_URL}/callback"],
};

describe.each(databases)("what a start is examined for, on $name", ({ create }) => {
  let operator: Operator;
  let taken: Server;

  beforeAll(async () => {
    operator = await createOperator(create, { migrated: false });
    taken = createServer().listen({ host: "127.0.0.1", port: 0 });
    await once(taken, "listening");
  });
  afterAll(async () => {
    taken.close();
    await operator.drop();
  });

  const keys = { COOKIE_KEYS: systemRandom.secret(), ENCRYPTION_KEYS: systemRandom.secret() };
  const takenPort = () => String((taken.address() as AddressInfo).port);

  /** A file of declarations, in a folder of its own. */
  function declared(name: string, files: Readonly<Record<string, unknown>>): string {
    mkdirSync(join(operator.folder, name));
    for (const [file, document] of Object.entries(files)) {
      writeFileSync(join(operator.folder, name, file), JSON.stringify(document));
    }
    return join(operator.folder, name, "clients.json");
  }

  const production = async () => ({
    NODE_ENV: "production",
    ISSUER: "https://auth.example.org",
    PORT: String(await freePort()),
    TRUSTED_PROXIES: "0",
    DATABASE_URL: operator.databaseUrl,
    SMTP_URL: "smtps://mail.example.org",
    MAIL_FROM: "auth@example.org",
    PORTAL_URL: "https://portal.example.org",
    PORTAL_CLIENT_SECRET: systemRandom.secret(),
    ...keys,
  });

  /** Each problem's name, and the whole as it is told. */
  async function found(environment: Readonly<Record<string, string>>) {
    const read = () => readSettings(environment, () => ({}));
    try {
      await examined(read, { clock: systemClock, random: systemRandom });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return { names: error.problems.map(({ name }) => name), told: error.message };
    }
    return { names: [], told: "" };
  }

  it("is told at once, whatever it stands in: variables, files, ports, the register", async () => {
    const file = declared("wrong", {
      "clients.json": [{ ...portal, surprise: 1 }],
      "resources.json": [{ resource: "none" }],
      "webhooks.json": [{ url: "none", events: [], secret: "none" }],
    });
    const folder = join(operator.folder, "wrong");
    const none = join(operator.folder, "none.sqlite3");
    const isFile = operator.databaseUrl.startsWith("sqlite:");
    const { names, told } = await found({
      ...(await production()),
      ...{ DATABASE_URL: isFile ? `sqlite:${none}` : operator.databaseUrl },
      ...{
        ISSUER: "nowhere",
        MAIL_FROM: "nobody",
        PORTAL_URL: "nowhere",
        LEGAL_TEXTS: "/nowhere.json",
      },
      ...{ CLIENTS_FILE: file, PORT: takenPort(), METRICS_PORT: takenPort(), METRICS_HOST: "::1" },
    });
    expect(names).toEqual([
      ...["ISSUER", "MAIL_FROM", "PORTAL_URL", "LEGAL_TEXTS"],
      `${file} portal surprise`,
      ...["resource", "name", "scope"].map((each) => `${folder}/resources.json [0].${each}`),
      ...["url", "events", "secret"].map((each) => `${folder}/webhooks.json [0].${each}`),
      ...["PORT", "DATABASE_URL"],
    ]);
    expect(told).toMatch(
      isFile
        ? /DATABASE_URL: found no file .*none\.sqlite3; expected .*"lopauth migrate" first/
        : /DATABASE_URL: found a database that lacks 001-.*; expected .*"lopauth migrate" first/,
    );
    expect(existsSync(none)).toBe(false);
  });

  it("is not what only follows from a setting that is wrong", async () => {
    const url = { url: "${PORTAL_URL}/told", events: ["access.opened"] };
    const file = declared("filled", {
      "clients.json": [portal],
      "resources.json": [{ resource: "${PORTAL_URL}/api", name: "API", scope: "api:read" }],
      "webhooks.json": [{ ...url, secret: "${PORTAL_CLIENT_SECRET}" }],
    });
    const { names } = await found({
      ...(await production()),
      ...{ CLIENTS_FILE: file, PORTAL_URL: "nowhere", DATABASE_URL: "mysql://none" },
      ...{ PORTAL_CLIENT_SECRET: "", PORTAL_CLIENT_SECRET_FILE: "/nowhere" },
    });
    expect(names).toEqual(["PORTAL_CLIENT_SECRET_FILE", "DATABASE_URL", "PORTAL_URL"]);
  });

  it("is what stands in the register, once it is migrated, and nothing when all is right", async () => {
    const file = declared("right", { "clients.json": [portal] });
    const environment = { ...(await production()), CLIENTS_FILE: file };
    const other = declared("registered", { "clients.json": [] });
    await operator.runWith({ ...environment, CLIENTS_FILE: other }, "migrate");
    expect(await found(environment)).toEqual({ names: [], told: "" });
    const client = { client_id: "portal", redirect_uris: ["https://portal.example.org/callback"] };
    const added = operator.addFile("portal.json", JSON.stringify(client));
    const run = await operator.runWith(
      { ...environment, CLIENTS_FILE: other },
      ...["client", "add", added],
    );
    expect([run.code, run.err]).toEqual([0, ""]);
    const { names } = await found({
      ...environment,
      ...{ ENCRYPTION_KEYS: systemRandom.secret(), LEGAL_TEXTS: "/nowhere.json" },
    });
    expect(names).toEqual([
      "LEGAL_TEXTS",
      "ENCRYPTION_KEYS",
      "AUDIT_KEYS",
      `${file} portal client_id`,
    ]);
  });

  it("is a store of the artifacts that cannot be asked", async () => {
    for (const [url, words] of [
      [
        "redis://user:top-secret@127.0.0.1:1",
        /ARTIFACTS_URL: found the artifacts' store cannot be asked/,
      ],
      ["postgres://user:top-secret@127.0.0.1:1/none", /ARTIFACTS_URL: found .*ECONNREFUSED/],
    ] as const) {
      const { names, told } = await found({
        ...(await production()),
        ...{ ARTIFACTS_URL: url, LEGAL_TEXTS: "/nowhere.json", DATABASE_URL: "mysql://none" },
      });
      expect(names).toEqual(["DATABASE_URL", "LEGAL_TEXTS", "ARTIFACTS_URL"]);
      expect(told).toMatch(words);
      expect(told).not.toContain("top-secret");
    }
  });

  it("is a database that cannot be asked, by what it says and never with its password", async () => {
    for (const [url, words] of [
      ["postgres://nobody:top-secret@127.0.0.1:1/none", /ECONNREFUSED \(127\.0\.0\.1:1\)/],
      [`sqlite:${operator.folder}`, /found a folder: \//],
      ["sqlite:package.json", /found a file that is no SQLite database: package\.json/],
    ] as const) {
      const { names, told } = await found({
        ...(await production()),
        ...{ DATABASE_URL: url, LEGAL_TEXTS: "/nowhere.json" },
      });
      expect(names).toEqual(["LEGAL_TEXTS", "DATABASE_URL"]);
      expect(told).toMatch(words);
      expect(told).not.toContain("top-secret");
    }
  });
});
