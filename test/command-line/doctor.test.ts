import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Finding } from "../../src/command-line/doctor-finding.ts";
import { readSettings } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
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

  it("lists every wrong setting, and looks no further", async () => {
    const wrong = () => readSettings({ NODE_ENV: "production" }, () => ({}));
    const found = await examine(wrong, ["--json"]);
    expect(found.code).toBe(1);
    const all = JSON.parse(found.out) as Finding[];
    expect(new Set(all.map(({ check }) => check))).toEqual(new Set(["settings"]));
    const names = all.map((finding) => finding.found.split(":")[0]);
    expect(names).toEqual(expect.arrayContaining(["ISSUER", "DATABASE_URL", "COOKIE_KEYS"]));
    expect(all.every(({ advice }) => advice.startsWith("give "))).toBe(true);
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
