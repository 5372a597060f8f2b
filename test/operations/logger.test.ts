import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { addressReference, createEventLog, createLogger } from "../../src/operations/index.ts";
import { logFields } from "../../src/operations/log-fields.ts";
import { type LogLevel } from "../../src/operations/logger.ts";

const clock = {
  epochMilliseconds: () => 1_700_000_000_000,
  epochSeconds: () => 1_700_000_000,
};

/** As nobody writes who keeps to `docs/log.md`: what comes from elsewhere may have any field. */
interface AnyLogger {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
  readonly with: (fields: object) => AnyLogger;
}

function logger(format: "json" | "readable" = "json", level: LogLevel = "debug") {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const own = createLogger({ level, format, clock, destination });
  return { lines, own, log: own as unknown as AnyLogger };
}

function parsed(lines: string[]): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const email = parseEmailAddress("jeanne.martin@exemple.fr");
if (!email) throw new Error("the address of this test is not one");

describe("the fields of a log line", () => {
  it("are those that docs/log.md names, and no other can be written", () => {
    const page = readFileSync("docs/log.md", "utf8");
    const named = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(["level", "time", "msg", ...logFields].toSorted());
    const { own } = logger();
    const fields = { reference: "r1", elsewhere: 1 };
    // @ts-expect-error: the type holds every line of the sources to it, a field of a variable too
    own.info(fields, "a line");
    // @ts-expect-error: and what all lines of a request have
    own.with({ elsewhere: 1 });
  });
});

describe("a log line", () => {
  it("is one JSON object with time, level and message", () => {
    const { lines, log } = logger();
    log.info({ port: 3000, nothing: undefined, none: null }, "listening");
    log.with({ reference: "r1" }).warn({ list: [1, "two"] }, "slow");
    expect(lines.every((line) => line.endsWith("}\n"))).toBe(true);
    expect(parsed(lines)).toEqual([
      { level: "info", time: "2023-11-14T22:13:20.000Z", port: 3000, none: null, msg: "listening" },
      {
        level: "warn",
        time: "2023-11-14T22:13:20.000Z",
        reference: "r1",
        list: [1, "two"],
        msg: "slow",
      },
    ]);
  });

  it("is not written below the level asked for", () => {
    const { lines, log } = logger("json", "warn");
    log.info({}, "no");
    log.error({}, "yes");
    expect(parsed(lines).map(({ msg }) => msg)).toEqual(["yes"]);
  });

  it("keeps an error's kind, code, causes and stack", () => {
    const { lines, log } = logger();
    const cause = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
    const error = Object.assign(new TypeError("no database", { cause }), { code: "23505" });
    log.error({ err: error }, "failed");
    expect(parsed(lines)[0]?.["err"]).toMatchObject({
      type: "TypeError",
      code: "23505",
      message: "no database: connect refused",
      stack: expect.stringContaining("logger.test.ts"),
    });
  });

  it("survives a circular object, bytes, big numbers and dates", () => {
    const { lines, log } = logger();
    const circle: Record<string, unknown> = {
      when: new Date(0),
      many: 2n ** 70n,
      raw: Buffer.of(1),
    };
    circle["self"] = circle;
    log.info({ circle }, "odd");
    expect(parsed(lines)[0]?.["circle"]).toMatchObject({
      when: "1970-01-01T00:00:00.000Z",
      many: "1180591620717411303424",
      raw: "[bytes]",
    });
  });
});

describe("a log line never holds", () => {
  const secret = systemRandom.secret();
  it.each([
    ["a password", { form: { password: "correct horse" } }, "correct horse"],
    ["its confirmation", { password_confirmation: "correct horse" }, "correct horse"],
    ["a token at any depth", { a: { b: [{ c: { refreshToken: "tok-1" } }] } }, "tok-1"],
    ["an authorization code", { params: { code: "short-code" } }, "short-code"],
    ["a cookie", { headers: { cookie: "_session=abc", "set-cookie": ["s=abc2"] } }, "abc"],
    ["an authorization header", { headers: { Authorization: "Basic dTpw" } }, "dTpw"],
    ["a client secret", { client: { client_secret: "s3cr3t" } }, "s3cr3t"],
    ["a PKCE verifier", { code_verifier: "verifier-1" }, "verifier-1"],
    ["a mail body", { mail: { text: "Madame, Monsieur", html: "<p>Madame" } }, "Madame"],
    ["a recipient", { to: ["jeanne.martin@exemple.fr"] }, "jeanne"],
    ["an address in a text", { note: "for jeanne.martin@exemple.fr." }, "jeanne"],
    ["a code in an address of the web", { url: "/cb?code=Zx9&state=1" }, "Zx9"],
    ["a mailed link's token", { url: `/validate/${secret}` }, secret],
    ["a password of a connection", { url: "postgres://user:hunter2@db:5432/x" }, "hunter2"],
    ["a password hash", { sql: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA" }, "aGFzaA"],
    ["a JWT", { note: "got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln" }, "eyJzdWIiOiIxIn0"],
  ])("%s", (_what, fields, forbidden) => {
    const { lines, log } = logger();
    log.info(fields, "a line");
    log.with(fields).info({}, "a line of a child");
    expect(lines).toHaveLength(2);
    expect(lines.join("")).not.toContain(forbidden);
  });

  it("an address or a secret in its message or in an error", () => {
    const { lines, log } = logger();
    const cause = Object.assign(new Error(`duplicate jeanne.martin@exemple.fr`), {
      detail: "Failing row contains (1, Jeanne, Martin)",
      parameters: { token: "tok-2" },
    });
    log.error({ err: new Error(`token ${secret}`, { cause }) }, `no mail to ${email}`);
    log.error({ err: cause }, "again");
    expect(lines.join("")).not.toMatch(/jeanne|Jeanne|tok-2/);
    expect(lines.join("")).not.toContain(secret);
  });
});

describe("a readable line", () => {
  it("shows time, level, message and fields, with the stack of an error below", () => {
    const { lines, log } = logger("readable");
    log.info({ port: 3000, host: "127.0.0.1" }, "listening");
    log.error({ err: new Error("broken") }, "failed");
    expect(lines[0]).toBe("22:13:20 INFO  listening port=3000 host=127.0.0.1\n");
    expect(lines[1]).toMatch(/^22:13:20 ERROR failed error=broken\n {4}Error: broken\n {4} +at /);
  });

  it("is not forged by a line feed or an escape in a value", () => {
    const { lines, log } = logger("readable");
    log.info({ agent: "x\n22:13:20 INFO  signed-in \u001b[31m" }, "request");
    expect(lines[0]).toBe("22:13:20 INFO  request agent=x 22:13:20 INFO  signed-in  [31m\n");
    log.error({ err: new Error("painted \u001b[31m red\nbelow") }, "failed");
    expect(lines[1]).toMatch(/\n {4}Error: painted {2}\[31m red\n {4}below\n {4} +at /);
    expect(lines[1]).not.toContain("\u001b");
  });
});

describe("the event log", () => {
  it("writes name, outcome, reason and who, where and what as fields", async () => {
    const { lines, own } = logger();
    await createEventLog(
      own,
      "key",
    )({
      name: "access-opened",
      outcome: "accepted",
      subject: { sub: "sub-1" },
      actor: "operator",
      clientId: "portal",
      clientAddress: "192.0.2.7",
      reference: "ref-1",
      details: { sirets: ["73282932000074"] },
    });
    expect(parsed(lines)[0]).toEqual({
      level: "info",
      time: "2023-11-14T22:13:20.000Z",
      event: "access-opened",
      outcome: "accepted",
      sub: "sub-1",
      actor: "operator",
      clientId: "portal",
      clientAddress: "192.0.2.7",
      reference: "ref-1",
      details: { sirets: ["73282932000074"] },
      msg: "access-opened",
    });
  });

  it("names an address by a reference that depends on a key", async () => {
    const { lines, own } = logger();
    const event = {
      name: "signed-in",
      outcome: "refused",
      reason: "wrong-password",
      subject: { email },
    } as const;
    await createEventLog(own, "key")(event);
    await createEventLog(own, "other key")(event);
    const [first, second] = parsed(lines);
    expect(first).toMatchObject({
      reason: "wrong-password",
      addressReference: addressReference(email, "key"),
    });
    expect(second?.["addressReference"]).not.toBe(first?.["addressReference"]);
    expect(lines.join("")).not.toContain("jeanne");
  });
});
