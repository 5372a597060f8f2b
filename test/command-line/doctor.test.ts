import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Finding } from "../../src/command-line/doctor-finding.ts";
import { readSettings } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { examine, findings } from "./doctor-patient.ts";

describe.each(databases)("lopauth doctor on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("finds nothing wrong with a running deployment, client included, and exits with 0", async () => {
    const found = await examine(
      () => provider.application.settings,
      ["--client", "portal", "--json"],
    );
    const all = JSON.parse(found.out) as Finding[];
    expect(all.filter(({ state }) => state === "problem" || state === "warning")).toEqual([]);
    expect([found.code, found.err]).toEqual([0, ""]);
    const checks = all.map(({ check }) => check);
    expect(checks).toEqual(
      expect.arrayContaining([
        "settings",
        "database",
        "migrations",
        "artifacts",
        "clock",
        "keys",
        "outbox",
        "jobs",
        "smtp",
        "issuer",
        "tls",
        "proxies",
        "clients",
        "client",
        "client-secret",
        "sign-in",
      ]),
    );
    expect(checks.includes("disk")).toBe(kind.name === "SQLite");
  });

  it("says for people one line a check, and an advice below what is not in order", async () => {
    const { out, code } = await examine(() => provider.application.settings);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {10}settings {7}development, with its defaults$/m);
    expect(out).toMatch(/^not-checked tls {12}ISSUER is http: there is no certificate\n {27}→ /m);
    expect(out).not.toContain(provider.application.settings.cookieKeys[0]);
    expect(out).not.toContain(provider.clientSecret);
  });

  it("changes nothing: no event, no mail, no session", async () => {
    const counted = async () => {
      const { knex } = provider.application.database;
      const tables = ["audit_events", "outbox", "clients", "signing_keys"];
      return Promise.all(tables.map((table) => knex(table).count({ count: "*" })));
    };
    const before = await counted();
    await examine(() => provider.application.settings, ["--client", "portal"]);
    expect(await counted()).toEqual(before);
    expect(provider.smtp.messages).toEqual([]);
  });

  it("names a problem on standard error too, and exits with 1", async () => {
    const settings = { ...provider.application.settings, smtpUrl: "smtp://127.0.0.1:1" };
    const json = await examine(() => settings, ["--json"]);
    expect(json.code).toBe(1);
    expect(findings(json, "smtp")).toMatchObject([{ state: "problem" }]);
    expect(JSON.parse(json.err)).toMatchObject({
      error: "1 problem found",
      problems: [{ check: "smtp" }],
    });
    const text = await examine(() => settings);
    expect([text.code, text.err]).toEqual([1, "error: 1 problem found\n"]);
    expect(text.out).toMatch(
      /^problem {5}smtp .*127\.0\.0\.1:1: CONN ECONNREFUSED\n {27}→ check SMTP_URL/m,
    );
  });

  it("lists every wrong setting beside the right ones, and checks what these allow", async () => {
    const environment = {
      NODE_ENV: "production",
      DATABASE_URL: provider.application.settings.databaseUrl,
      SMTP_URL: provider.application.settings.smtpUrl,
    };
    const found = await examine(() => readSettings(environment, () => ({})), ["--json"]);
    expect(found.code).toBe(1);
    const wrong = findings(found, "settings");
    const names = wrong.map((finding) => finding.found.split(":")[0]);
    expect(names).toEqual(
      expect.arrayContaining(["ISSUER", "MAIL_FROM", "COOKIE_KEYS", "ENCRYPTION_KEYS"]),
    );
    expect(wrong.every(({ advice }) => advice.startsWith("give "))).toBe(true);
    for (const check of ["database", "migrations", "smtp"]) {
      expect(findings(found, check)).toMatchObject([{ state: "ok" }]);
    }
    for (const check of ["keys", "issuer"]) {
      expect(findings(found, check)).toMatchObject([{ state: "not-checked" }]);
    }
    expect(findings(found, "clients")).toMatchObject([
      { state: "problem", found: expect.stringContaining("PORTAL_CLIENT_SECRET") },
    ]);
    expect(findings(found, "setting").map((finding) => finding.found)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^DATABASE_URL = .* \(from the environment\)$/),
      ]),
    );
  });

  it("lists beside wrong settings what declared files, legal texts and ports are refused for, each once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lopauth-doctor-"));
    const clients = join(folder, "clients.json");
    writeFileSync(clients, JSON.stringify([{ client_id: "a", surprise: 1 }]));
    writeFileSync(join(folder, "webhooks.json"), "{}");
    const taken = createServer().listen({ host: "127.0.0.1", port: 0 });
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const environment = {
      ...{ MAIL_FROM: "nobody", CLIENTS_FILE: clients, LEGAL_TEXTS: "/nowhere.json" },
      ...{ COOKIE_KEYS: "c".repeat(43), ENCRYPTION_KEYS: "e".repeat(43) },
      ...{ DATABASE_URL: `sqlite:${folder}`, PORT: String(port) },
    };
    const found = await examine(() => readSettings(environment, () => ({})), ["--json"]);
    const problems = (JSON.parse(found.out) as Finding[]).filter(
      ({ state }) => state === "problem",
    );
    taken.close();
    rmSync(folder, { recursive: true });
    const named = problems.map(({ check, found: text }) => `${check} ${text.split(":")[0] ?? ""}`);
    expect(named).toEqual(
      expect.arrayContaining([
        "settings MAIL_FROM",
        "legal-texts LEGAL_TEXTS",
        `database There is no SQLite database at ${folder}, but a folder`,
        "ports PORT",
        `clients ${clients} a surprise`,
        `clients ${join(folder, "webhooks.json")}`,
      ]),
    );
    expect(named.filter((each) => each.includes("LEGAL_TEXTS"))).toHaveLength(1);
    const [unread] = findings(found, "database");
    expect(unread?.found).toMatch(/: DATABASE_URL names another place\.$/);
  });

  it("tells of a port that this provider listens there, or nobody", async () => {
    const { settings } = provider.application;
    expect(findings(await examine(() => settings, ["--json"]), "ports")).toMatchObject([
      { state: "ok", found: expect.stringMatching(/^PORT \d+ on .*: this provider listens$/) },
    ]);
    const other = { ...settings, issuer: "http://localhost:1" };
    expect(findings(await examine(() => other, ["--json"]), "ports")).toMatchObject([
      { state: "problem", found: expect.stringContaining("where another process listens") },
    ]);
    const free = { ...settings, port: await freePort(), legalTexts: "/nowhere.json" };
    const found = await examine(() => free, ["--json"]);
    expect(findings(found, "ports")).toMatchObject([{ state: "ok" }]);
    expect(findings(found, "clients")).toMatchObject([{ state: "ok" }]);
  });

  it("says where each setting comes from, and shows no secret", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lopauth-doctor-"));
    const file = join(folder, "smtp-url");
    writeFileSync(file, "smtps://lopauth:mail-password@smtp.invalid\n");
    const secrets = { COOKIE_KEYS: "c".repeat(43), ENCRYPTION_KEYS: "e".repeat(43) };
    const environment = {
      HOST: "127.0.0.2",
      SMTP_URL_FILE: file,
      DATABASE_URL: "postgres://lopauth:database-password@127.0.0.1:1/lopauth",
      PORTAL_CLIENT_SECRET: "portal-secret",
    };
    const found = await examine(() => readSettings(environment, () => secrets), ["--json"]);
    rmSync(folder, { recursive: true });
    expect(findings(found, "setting").map((finding) => finding.found)).toEqual(
      expect.arrayContaining([
        "HOST = 127.0.0.2 (from the environment)",
        "PORT = 3000 (by default)",
        `SMTP_URL = smtps://[hidden]@smtp.invalid (from SMTP_URL_FILE, ${file})`,
        "DATABASE_URL = postgres://[hidden]@127.0.0.1:1/lopauth (from the environment)",
        "COOKIE_KEYS (made for development, in var/)",
        "PORTAL_CLIENT_SECRET (from the environment)",
        "DIRECTORY_URL (not given)",
      ]),
    );
    expect(found.out).not.toMatch(/(mail|database)-password|portal-secret|c{43}|e{43}/);
  });

  it("names Node and both SQLites", async () => {
    const found = await examine(() => provider.application.settings, ["--json"]);
    const sqlite = String(process.versions["sqlite"]);
    expect(findings(found, "runtime")).toMatchObject([
      {
        state: "ok",
        found: expect.stringContaining(
          `Node ${process.versions.node}; SQLite ${sqlite} in Node`,
        ) as unknown,
      },
    ]);
    expect(findings(found, "runtime")[0]?.found).toMatch(/, 3\.\d+\.\d+ in sqlite3 \(register\)$/);
  });

  describe("with --watch", () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "lopauth-watch-"));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });
    const watch = (smtpUrl: string, ...words: string[]) =>
      examine(
        () => ({ ...provider.application.settings, smtpUrl }),
        ["--watch", join(folder, "doctor.json"), ...words],
      );

    it("says one line a change, and nothing when nothing changed", async () => {
      const { smtpUrl } = provider.application.settings;
      expect(await watch(smtpUrl)).toEqual({ code: 0, out: "", err: "" });
      const broken = await watch("smtp://127.0.0.1:1");
      expect([broken.code, broken.err]).toEqual([1, ""]);
      expect(broken.out).toMatch(
        /^[\d-]+T\d\d:\d\d\+0[12]:00 problem smtp: .*ECONNREFUSED → check SMTP_URL.*\n$/,
      );
      expect(await watch("smtp://127.0.0.1:1")).toEqual({ code: 1, out: "", err: "" });
      const mended = await watch(smtpUrl, "--json");
      expect(mended.code).toBe(0);
      expect(JSON.parse(mended.out)).toMatchObject([
        {
          check: "smtp",
          state: "mended",
          found: expect.stringContaining("ECONNREFUSED") as unknown,
        },
      ]);
    });

    it("refuses a file that holds something else, and leaves it", async () => {
      const file = join(folder, "other.json");
      writeFileSync(file, "{}");
      const found = await examine(() => provider.application.settings, ["--watch", file]);
      expect(found.code).toBe(1);
      expect(found.err).toContain(`--watch must be a file that "doctor --watch" wrote`);
      expect(readFileSync(file, "utf8")).toBe("{}");
    });
  });

  it("warns of development settings under a public name, and takes production's", async () => {
    const { settings } = provider.application;
    const open = await examine(() => ({ ...settings, issuer: "http://auth.invalid" }), ["--json"]);
    expect(findings(open, "settings")).toMatchObject([
      { state: "warning", advice: expect.stringContaining("NODE_ENV=production") as unknown },
    ]);
    const closed = await examine(() => ({ ...settings, production: true }), ["--json"]);
    expect(findings(closed, "settings")).toMatchObject([
      { state: "ok", found: "production, and all are given" },
    ]);
  });

  it("takes an unknown option as wrong usage, exit code 2", async () => {
    const { code, err } = await examine(() => provider.application.settings, ["--everything"]);
    expect(code).toBe(2);
    expect(err).toContain("unknown option '--everything'");
  });
});
