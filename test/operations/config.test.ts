import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError, readSettings } from "../../src/operations/index.ts";
import type { Environment } from "../../src/operations/setting-files.ts";
import { growsNoFaster, growthByEight } from "../support/growth.ts";

const cookieKey = randomBytes(32).toString("base64url");
const encryptionKey = randomBytes(32).toString("base64url");
const madeSecrets = { COOKIE_KEYS: cookieKey, ENCRYPTION_KEYS: encryptionKey };

/** What must be given in production. */
const production = {
  NODE_ENV: "production",
  ISSUER: "https://auth.lopcommerce.test",
  DATABASE_URL: "postgres://lopauth:database-password@db.test:5432/lopauth",
  SMTP_URL: "smtps://lopauth:mail-password@smtp.test",
  MAIL_FROM: "l'Opcommerce <ne-pas-repondre@lopcommerce.test>",
  PORTAL_URL: "https://portail.lopcommerce.test",
  TRUSTED_PROXIES: "1",
  ...madeSecrets,
};

const noSecrets = () => {
  throw new Error("production has no default secret");
};

const folder = mkdtempSync(join(tmpdir(), "lopauth-config-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function problemsOf(environment: Environment, secrets: () => Environment = () => madeSecrets) {
  try {
    readSettings(environment, secrets);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}

const namesOf = (error: ConfigurationError) => error.problems.map(({ name }) => name).sort();

describe("MAIL_GUARD", () => {
  const guardOf = (value?: string) =>
    readSettings(value === undefined ? {} : { MAIL_GUARD: value }, () => madeSecrets).mailGuard;

  it("is nobody, some or everybody", () => {
    expect(guardOf()).toBeUndefined();
    expect(guardOf("drop")).toEqual([]);
    expect(guardOf("Jeanne@Example.org, opco.test")).toEqual(["jeanne@example.org", "opco.test"]);
  });

  it.each(["dorp;", "jeanne@", "@opco.test", "a,,b.test", "jeanne@example.org,"])(
    "is not guessed at: %s",
    (value) => {
      expect(namesOf(problemsOf({ MAIL_GUARD: value }))).toEqual(["MAIL_GUARD"]);
    },
  );
});

describe("PRIVATE_HOSTS", () => {
  const hostsOf = (value: string) =>
    readSettings({ PRIVATE_HOSTS: value }, () => madeSecrets).privateHosts;

  it("is names and addresses of hosts", () => {
    expect(hostsOf("")).toEqual([]);
    expect(hostsOf("RP.Intranet., my_service,10.1.2.3, fd00::1,[fd00::2],")).toEqual([
      "rp.intranet.",
      "my_service",
      "10.1.2.3",
      "fd00::1",
      "[fd00::2]",
    ]);
  });

  it.each([
    "http://intranet",
    "intranet:8443",
    "*.intranet",
    "intranet/path",
    "10.0.0.0/8",
    "one.intranet two.intranet",
  ])("is refused where it would match nothing: %s", (value) => {
    const { problems } = problemsOf({ PRIVATE_HOSTS: `localhost,${value}` });
    expect(problems).toMatchObject([{ name: "PRIVATE_HOSTS", found: `"${value}"` }]);
  });

  it("is told without the password that stands in it", () => {
    const { problems } = problemsOf({ PRIVATE_HOSTS: "https://user:geheim@intranet" });
    expect(JSON.stringify(problems)).not.toContain("geheim");
  });
});

describe("how a deployment is watched", () => {
  const watchOf = (environment: Environment) => readSettings(environment, () => madeSecrets).watch;

  it("is off unless it is asked for", () => {
    expect(watchOf({})).toMatchObject({ metrics: undefined, traces: undefined, requestLog: false });
    expect(watchOf({}).nodeName).not.toBe("");
  });

  it("listens on loopback unless told, and sends traces with the headers of the collector", () => {
    const given = {
      METRICS_PORT: "9464",
      REQUEST_LOG: "on",
      NODE_NAME: "node-1",
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test:4318",
      OTEL_EXPORTER_OTLP_HEADERS_FILE: file(
        "headers",
        "authorization=Basic%20a2V5, x-tenant=opco\n",
      ),
    };
    expect(watchOf(given)).toEqual({
      nodeName: "node-1",
      requestLog: true,
      metrics: { host: "127.0.0.1", port: 9464 },
      traces: {
        endpoint: "https://collector.test:4318",
        headers: { authorization: "Basic a2V5", "x-tenant": "opco" },
        serviceName: "auth-lopcommerce",
        perSecond: 10,
      },
    });
  });

  it.each([
    ["METRICS_PORT", "0"],
    ["METRICS_PORT", "many"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "authorization"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=b,c=%0d%0aX"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%zz"],
    ["REQUEST_LOG", "yes"],
    ["TRACES_PER_SECOND", "0"],
  ])("refuses %s=%s, and shows no header", (name, value) => {
    const { problems, message } = problemsOf({ [name]: value });
    expect(problems.map((problem) => problem.name)).toEqual([name]);
    if (name.endsWith("HEADERS")) expect(message).not.toContain(value);
  });
});

describe("the settings in development", () => {
  it("give each listener a port of its own", () => {
    const { problems } = problemsOf({ PORTAL_PORT: "3000", MAILBOX_PORT: "1025" });
    expect(problems).toEqual([
      { name: "PORTAL_PORT", found: "3000, as PORT", expected: "a port of its own" },
      { name: "MAILBOX_SMTP_PORT", found: "1025, as MAILBOX_PORT", expected: "a port of its own" },
    ]);
  });

  it("have the metrics meet nobody, where both listen at one address", () => {
    const found = { name: "METRICS_PORT", found: "3000, as PORT", expected: "a port of its own" };
    const at = (HOST: string, METRICS_HOST: string) =>
      problemsOf({ HOST, METRICS_HOST, METRICS_PORT: "3000" }).problems;
    expect(at("127.0.0.1", "localhost")).toEqual([found]);
    expect(at("0.0.0.0", "127.0.0.1")).toEqual([found]);
    expect(readSettings({ HOST: "10.0.0.7", METRICS_PORT: "3000" }, () => madeSecrets).port).toBe(
      3000,
    );
  });

  it("are complete without any variable", () => {
    expect(readSettings({}, () => madeSecrets)).toMatchObject({
      production: false,
      issuer: "http://localhost:3000",
      host: "127.0.0.1",
      port: 3000,
      trustedProxies: 0,
      databaseUrl: "sqlite:var/auth.sqlite3",
      smtpUrl: "smtp://127.0.0.1:1025",
      mailFrom: "l'Opcommerce <ne-pas-repondre@lopcommerce.test>",
      cookieKeys: [cookieKey],
      encryptionKeys: [Buffer.from(encryptionKey, "base64url")],
      clientsFile: "config/clients.json",
      portalUrl: "http://localhost:3001",
      contactUrl: "https://www.lopcommerce.com",
      portalPort: 3001,
      mailboxPort: 1080,
      mailboxSmtpPort: 1025,
      signUpsPerAddressPerHour: 60,
      signInsPerAddressPerMinute: 120,
      privateHosts: [],
      logLevel: "info",
    });
  });

  it("follow their ports", () => {
    const ports = { PORT: "4000", PORTAL_PORT: "4001", MAILBOX_SMTP_PORT: "4025" };
    expect(readSettings(ports, () => madeSecrets)).toMatchObject({
      issuer: "http://localhost:4000",
      portalUrl: "http://localhost:4001",
      smtpUrl: "smtp://127.0.0.1:4025",
    });
  });

  it("take an empty variable for none, and nothing from the prototype of an object", () => {
    expect(readSettings({ PORT: "", ISSUER: "" }, () => madeSecrets).port).toBe(3000);
    const inherited = Object.create({ PORT: "4000" }) as Environment;
    expect(readSettings(inherited, () => madeSecrets).port).toBe(3000);
  });

  it("give the declared files the variables that are listed for them, and no others", () => {
    const asked = ["PORTAL_URL", "PORTAL_CLIENT_SECRET", "PORT", "A_SECRET", "ENCRYPTION_KEYS"];
    const given = { A_SECRET: "a", PORTAL_CLIENT_SECRET: "p" };
    const usual = readSettings(given, () => madeSecrets);
    expect(asked.map(usual.placeholder)).toEqual([
      "http://localhost:3001",
      "p",
      undefined,
      undefined,
      undefined,
    ]);
    const listed = { ...given, CLIENTS_FILE_VARIABLES: "A_SECRET, PORT, ABSENT" };
    const { placeholder } = readSettings(listed, () => madeSecrets);
    expect([...asked, "ABSENT"].map(placeholder)).toEqual([
      undefined,
      undefined,
      "3000",
      "a",
      undefined,
      undefined,
    ]);
  });

  it.each([
    "COOKIE_KEYS",
    "ENCRYPTION_KEYS",
    "AUDIT_KEYS",
    "DATABASE_URL",
    "SMTP_URL",
    "STAFF_PASSWORD",
    "A-B",
  ])("never list %s for them", (name) => {
    const { problems } = problemsOf({ CLIENTS_FILE_VARIABLES: `PORTAL_URL,${name}` });
    expect(problems).toEqual([
      expect.objectContaining({ name: "CLIENTS_FILE_VARIABLES", found: `"${name}"` }),
    ]);
  });
});

describe("the settings in production", () => {
  it("are taken as given, and no secret is made up", () => {
    expect(readSettings(production, noSecrets)).toMatchObject({
      production: true,
      issuer: production.ISSUER,
      databaseUrl: production.DATABASE_URL,
      host: "127.0.0.1",
      port: 3000,
    });
  });

  it("name everything that is missing at once", () => {
    const error = problemsOf({ NODE_ENV: "production" }, noSecrets);
    expect(namesOf(error)).toEqual([
      "COOKIE_KEYS",
      "DATABASE_URL",
      "ENCRYPTION_KEYS",
      "ISSUER",
      "MAIL_FROM",
      "PORTAL_URL",
      "SMTP_URL",
      "TRUSTED_PROXIES",
    ]);
    expect(error.problems.every(({ found }) => found === "nothing")).toBe(true);
    for (const { name, expected } of error.problems) {
      expect(error.message).toContain(`  ${name}: found nothing; expected ${expected}`);
    }
  });

  it.each([
    ["ISSUER", "http://auth.lopcommerce.test"],
    ["ISSUER", "https://auth.lopcommerce.test/"],
    ["ISSUER", "https://auth.lopcommerce.test/auth"],
    ["ISSUER", "https://auth.lopcommerce.test?a=1"],
    ["ISSUER", "https://user@auth.lopcommerce.test"],
    ["ISSUER", "https://AUTH.lopcommerce.test"],
    ["ISSUER", "https://auth.lopcommerce.test:443"],
    ["NODE_ENV", "prodution"],
    ["COOKIE_KEYS", "short"],
    ["COOKIE_KEYS", `${cookieKey},`],
    ["COOKIE_KEYS", encryptionKey],
    ["ENCRYPTION_KEYS", "c".repeat(42)],
    ["ENCRYPTION_KEYS", `${encryptionKey};${encryptionKey}`],
    ["PORT", "0"],
    ["PORT", "65536"],
    ["PORT", "3e3"],
    ["PORT", "3000 "],
    ["TRUSTED_PROXIES", "-1"],
    ["TRUSTED_PROXIES", "true"],
    ["DATABASE_URL", "mysql://db.test/lopauth"],
    ["DATABASE_URL", "sqlite::memory:"],
    ["DATABASE_URL", "sqlite:"],
    ["ARTIFACTS_URL", "sqlite:var/artifacts.sqlite3"],
    ["ARTIFACTS_URL", "redis+sentinel://one.test"],
    ["ARTIFACTS_WAIT", "a second"],
    ["SMTP_URL", "http://smtp.test"],
    ["SMTP_URL", "smtp://smtp.test?tls=none"],
    ["SMTP_URL", "smtp://smtp.test?pool=true"],
    ["SMTP_URL", "smtps://lopauth:100%@smtp.test"],
    ["SMTP_URL", "smtps://smtp.test "],
    ["MAIL_FROM", "l'Opcommerce"],
    ["MAIL_FROM", "a\r\nBcc: b@evil.test <c@lopcommerce.test>"],
    ["MAIL_FROM", "l\\'Opcommerce <ne-pas-repondre@lopcommerce.test>"],
    ["MAIL_FROM", "l'Op\tcommerce <ne-pas-repondre@lopcommerce.test>"],
    ["PORTAL_URL", "javascript:alert(1)"],
    ["PORTAL_URL", "http://portail.lopcommerce.test"],
    ["PORTAL_URL", "http://localhost:3001"],
    ["CONTACT_URL", "http://www.lopcommerce.test"],
    ["DIRECTORY_URL", "http://annuaire.test"],
    ["CONTACT_URL", "lopcommerce.com"],
    ["CONTACT_URL", "https://www.lopcommerce.test "],
    ["PORTAL_URL", "https://portail.lopcommerce.test\n"],
    ["LOG_LEVEL", "verbose"],
    ["SIGN_UPS_PER_ADDRESS_PER_HOUR", "0"],
    ["SIGN_INS_PER_ADDRESS_PER_MINUTE", "many"],
  ])("refuse %s = %j, and nothing else with it", (name, value) => {
    expect(namesOf(problemsOf({ ...production, [name]: value }))).toEqual([name]);
  });

  const bytes = (make: (index: number) => number) =>
    Buffer.from(Array.from({ length: 32 }, (_, index) => make(index))).toString("base64url");
  it.each([
    ["COOKIE_KEYS", "c".repeat(43), "a key that repeats itself"],
    ["COOKIE_KEYS", "0123456789abcdef".repeat(2), "a key that repeats itself"],
    ["COOKIE_KEYS", `${"abcdefg".repeat(5)}x`, "a key that repeats itself"],
    [
      "COOKIE_KEYS",
      "aabbabbaababbbaabababbabaabbabab",
      "a key that is made of too few different characters",
    ],
    ["COOKIE_KEYS", "abcdefghijklmnopqrstuvwxyz0123456789", "a key that is a sequence"],
    ["COOKIE_KEYS", "un-secret-de-trente-deux-caracteres", "a key that holds a word"],
    ["COOKIE_KEYS", `${cookieKey},${cookieKey}`, "key 2 of 2, which is given twice"],
    ["ENCRYPTION_KEYS", bytes(() => 7), "a key that repeats itself"],
    ["ENCRYPTION_KEYS", bytes((index) => index), "a key that is a sequence"],
    [
      "ENCRYPTION_KEYS",
      bytes((index) => 0x80 + ((0x35a93c6e >>> index) & 1)),
      "a key that is made of too few different characters",
    ],
    [
      "ENCRYPTION_KEYS",
      Buffer.from("une phrase que j'ai faite a moi!").toString("base64url"),
      "a key that is a text, not random bytes",
    ],
    ["ENCRYPTION_KEYS", `${encryptionKey},${encryptionKey}`, "key 2 of 2, which is given twice"],
    ["AUDIT_KEYS", bytes(() => 1), "a key that repeats itself"],
    ["MAIL_EVENTS_SECRETS", "c".repeat(43), "a key that repeats itself"],
    ["MAIL_EVENTS_SECRETS", "un-secret-de-trente-deux-caracteres", "a key that holds a word"],
    ["MAIL_EVENTS_SECRETS", `whsec_${"AAAA".repeat(11)}`, "a key that repeats itself"],
    ["MAILGUN_SIGNING_KEY", "changeme-changeme-changeme-chang", "a key that repeats itself"],
  ])("refuse a weak key: %s=%s", (name, value, found) => {
    const { problems, message } = problemsOf({ ...production, [name]: value });
    expect(problems).toEqual([expect.objectContaining({ name, found })]);
    expect(message).not.toContain(value);
  });

  it("refuse no key by chance, in any of its usual forms", () => {
    const forms = ["base64url", "base64", "hex"] as const;
    for (let count = 0; count < 500; count += 1) {
      const keys = forms.map((form) => randomBytes(32).toString(form));
      const COOKIE_KEYS = [...keys, randomBytes(16).toString("hex")].join();
      const encryption = [1, 2, 3].map(() => randomBytes(32).toString("base64url")).join();
      const mail = {
        MAIL_EVENTS_SECRETS: `whsec_${randomBytes(24).toString("base64")},${COOKIE_KEYS.slice(0, 43)}`,
        MAILGUN_SIGNING_KEY: randomBytes(16).toString("hex"),
      };
      readSettings({ ...production, ...mail, ENCRYPTION_KEYS: encryption }, noSecrets);
      readSettings({ ...production, COOKIE_KEYS, ENCRYPTION_KEYS: encryption }, noSecrets);
    }
  });

  it("take weak keys and open roads in development alone", () => {
    const weak = { COOKIE_KEYS: "c".repeat(43), ENCRYPTION_KEYS: bytes(() => 7) };
    const http = "http://portail.lopcommerce.test";
    expect(readSettings({ PORTAL_URL: http }, () => weak).portalUrl).toBe(http);
    const near = { ...production, DIRECTORY_URL: "http://127.0.0.1:9000" };
    expect(readSettings(near, noSecrets).directoryUrl).toBe("http://127.0.0.1:9000");
  });

  it("say that one key must not be both the cookies' and the encryption's", () => {
    const error = problemsOf({ ...production, COOKIE_KEYS: `${cookieKey},${encryptionKey}` });
    expect(error.problems).toMatchObject([{ name: "COOKIE_KEYS" }]);
    expect(error.message).not.toContain(encryptionKey);
  });

  it("list every wrong one of many", () => {
    const error = problemsOf({
      ...production,
      PORT: "x",
      TRUSTED_PROXIES: "x",
      MAILBOX_PORT: "x",
      LOG_LEVEL: "x",
      ISSUER: "x",
    });
    expect(namesOf(error)).toEqual([
      "ISSUER",
      "LOG_LEVEL",
      "MAILBOX_PORT",
      "PORT",
      "TRUSTED_PROXIES",
    ]);
  });
});

describe("keys", () => {
  it.each([
    ["COOKIE_KEYS", "ENCRYPTION_KEYS"],
    ["AUDIT_KEYS", "ENCRYPTION_KEYS"],
    ["AUDIT_KEYS", "COOKIE_KEYS"],
  ] as const)("of %s are none of %s: one that leaks opens one lock", (name, other) => {
    const shared = Buffer.alloc(32, 9).toString("base64url");
    const error = problemsOf({ ...madeSecrets, [name]: shared, [other]: shared });
    expect(error.problems).toEqual([
      expect.objectContaining({ name, found: `a key that ${other} holds too` }),
    ]);
  });

  it("of AUDIT_KEYS need not be given, and are right when they are", () => {
    expect(readSettings({}, () => madeSecrets).auditKeys).toEqual([]);
    expect(namesOf(problemsOf({ AUDIT_KEYS: "short" }))).toEqual(["AUDIT_KEYS"]);
    const key = Buffer.alloc(32, 9);
    const given = { AUDIT_KEYS: key.toString("base64url") };
    expect(readSettings(given, () => madeSecrets).auditKeys).toEqual([key]);
  });
});

describe("the settings that were read", () => {
  it("show nothing of a secret", () => {
    const secrets = ["AUDIT_KEYS", "MAIL_EVENTS_SECRETS", "MAILGUN_SIGNING_KEY", "COOKIE_KEYS"];
    const key = () => randomBytes(32).toString("base64url");
    const environment = Object.fromEntries(secrets.map((name) => [name, key()]));
    const { sources } = readSettings({ ...production, ...environment }, noSecrets);
    const told = sources.filter(({ name }) => secrets.includes(name));
    expect(told.map(({ value, source }) => ({ value, source }))).toEqual(
      secrets.map(() => ({ value: undefined, source: "environment" })),
    );
    const text = JSON.stringify(sources);
    expect(Object.values(environment).filter((each) => text.includes(each))).toEqual([]);
  });
});

describe("a setting in a file", () => {
  it("is read without its last line feed", () => {
    const path = file("issuer", "https://auth.lopcommerce.test\n");
    const environment = { ...production, ISSUER: undefined, ISSUER_FILE: path };
    expect(readSettings(environment, noSecrets).issuer).toBe(production.ISSUER);
  });

  it("serves placeholders of clients too", () => {
    const path = file("portal-secret", "from-a-file\r\n");
    const settings = readSettings({ PORTAL_CLIENT_SECRET_FILE: path }, () => madeSecrets);
    expect(settings.placeholder("PORTAL_CLIENT_SECRET")).toBe("from-a-file");
  });

  it("must be readable, and is named with why it is not", () => {
    const error = problemsOf({ PORT_FILE: join(folder, "absent") });
    expect(error.problems).toEqual([
      {
        name: "PORT_FILE",
        found: `${join(folder, "absent")} (ENOENT)`,
        expected: "a readable file that holds PORT",
      },
    ]);
  });

  it("and in a variable too is a contradiction; the value is not shown", () => {
    const path = file("keys", cookieKey);
    const error = problemsOf({ ...production, COOKIE_KEYS_FILE: path });
    expect(namesOf(error)).toEqual(["COOKIE_KEYS"]);
    expect(error.message).toContain("both COOKIE_KEYS and COOKIE_KEYS_FILE");
    expect(error.message).not.toContain(cookieKey);
  });

  const settings = readSettings(madeSecrets, () => ({})).sources.map(({ name }) => name);

  it.each(settings)("is told of where it cannot be read: %s", (name) => {
    const others = { ...production, [name]: undefined };
    const path = join(folder, "absent");
    const found = problemsOf({ ...others, [`${name}_FILE`]: path }, () => ({})).problems;
    const expected = `a readable file that holds ${name}`;
    expect(found).toEqual([{ name: `${name}_FILE`, found: `${path} (ENOENT)`, expected }]);
  });

  it("is told of where it holds what a declared file asks for", () => {
    const listed = { CLIENTS_FILE_VARIABLES: "A_SECRET", A_SECRET_FILE: join(folder, "absent") };
    expect(namesOf(problemsOf({ ...production, ...listed }))).toEqual(["A_SECRET_FILE"]);
  });

  it("leaves files of other programs alone", () => {
    const foreign = { SSL_CERT_FILE: join(folder, "absent"), CLIENTS_FILE: "elsewhere.json" };
    expect(readSettings(foreign, () => madeSecrets).clientsFile).toBe("elsewhere.json");
  });
});

describe("a problem of the settings", () => {
  it.each([
    ["DATABASE_URL", "postgres://lopauth:s3cr3t@db.test:port/lopauth"],
    ["DATABASE_URL", "postgres://lopauth:s3/cr3t@db.test/lopauth"],
    ["DATABASE_URL", "mysql://lopauth:s3cr3t@cr3t@db.test/lopauth"],
    ["ARTIFACTS_URL", "redis://lopauth:s3cr3t@redis.test/name"],
    ["ARTIFACTS_URL", "redis+cluster://lopauth:s3cr3t@one.test,two.test/3"],
    ["DATABASE_URL", "lopauth:s3cr3t@db.test/lopauth"],
    ["DATABASE_URL", "mysql://db.test/lopauth?user=lopauth&password=s3cr3t"],
    ["SMTP_URL", "smtp//lopauth:s3cr3t@smtp.test"],
    ["SMTP_URL", "smtp://lopauth:s3?cr3t@smtp.test:x"],
    ["ISSUER", "https://lopauth:s3cr3t@auth.test"],
    ["PORTAL_URL", "ftp://lopauth:s3cr3t@portal.test"],
    ["CONTACT_URL", "ftp://lopauth:s3cr3t@contact.test"],
    ["COOKIE_KEYS", "s3cr3t"],
    ["ENCRYPTION_KEYS", `${encryptionKey}, s3cr3t`],
  ])("of %s never shows the secret in %j", (name, value) => {
    const error = problemsOf({ ...production, [name]: value });
    expect(namesOf(error)).toEqual([name]);
    expect(error.message).not.toContain("cr3t");
  });

  it("never shows a secret, whatever is typed around it", () => {
    const noise = fc.string({
      unit: fc.constantFrom(..."/:@?#&=. %[]\\a".split("")),
      maxLength: 8,
    });
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        const value = `mysql://lopauth:${before}s3cr3t${after}@db.test/lopauth`;
        const error = problemsOf({ ...production, DATABASE_URL: value, SMTP_URL: value });
        expect(error.message).not.toContain("s3cr3t");
      }),
    );
  });
});

describe("DIRECTORY_URL", () => {
  it("is none unless it is given, in both modes", () => {
    expect(readSettings({}, () => madeSecrets).directoryUrl).toBeUndefined();
    expect(readSettings(production, noSecrets).directoryUrl).toBeUndefined();
    const url = "https://recherche.test/api";
    expect(readSettings({ ...production, DIRECTORY_URL: url }, noSecrets).directoryUrl).toBe(url);
  });

  it("must be a web address", () => {
    expect(problemsOf({ DIRECTORY_URL: "recherche.test" }).problems).toEqual([
      {
        name: "DIRECTORY_URL",
        found: '"recherche.test"',
        expected: "an http or https address, or nothing",
      },
    ]);
  });
});

describe("reading the settings", () => {
  const longValues = (length: number) => ["a", "://", "a@", "<"].map((unit) => unit.repeat(length));

  it("takes a time that grows with what is given alone", () => {
    const read = (length: number) => {
      for (const value of longValues(length)) {
        const environment = Object.fromEntries(
          Object.keys(production).map((name) => [name, value]),
        );
        expect(() => readSettings(environment, () => madeSecrets)).toThrow(ConfigurationError);
      }
    };
    expect(growthByEight(read, 3000)).toBeLessThan(growsNoFaster);
  });

  it("either gives settings or names problems", () => {
    const names = Object.keys({
      ...production,
      PORT: "",
      TRUSTED_PROXIES: "",
      PRIVATE_HOSTS: "",
      DIRECTORY_URL: "",
    });
    const values = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom(...longValues(30_000)));
    const environments = fc.dictionary(fc.constantFrom(...names), values);
    fc.assert(
      fc.property(environments, (environment) => {
        try {
          readSettings(environment, () => madeSecrets);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
        }
      }),
    );
  });
});
