import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, it } from "@jest/globals";
import { clockFinding } from "../../src/command-line/doctor-clock.ts";
import { checkIssuer } from "../../src/command-line/doctor-issuer.ts";
import type { ClientMetadata } from "../../src/clients/index.ts";
import {
  checkMail,
  checkPrivateHosts,
  uncalledHosts,
} from "../../src/command-line/doctor-network.ts";
import type { Settings } from "../../src/operations/index.ts";
import { type TestCertificate, selfSigned } from "../support/certificate.ts";
import { freePort } from "../support/free-port.ts";
import { startSmtp } from "../support/smtp.ts";
import { doctorParts, now, startImpostor } from "./doctor-patient.ts";

const day = 86_400;
const halfAYear = 180 * day;
const including = (text: string) => expect.stringContaining(text) as unknown;

/** Ends what a test started, the last first. */
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe("the doctor's look at the mail server", () => {
  const check = (smtpUrl: string) => checkMail(doctorParts({ smtpUrl }));

  it("reaches it, and signs in where credentials are given", async () => {
    const open = await startSmtp();
    ends.push(open.close);
    expect(await check(open.url)).toMatchObject([
      { check: "smtp", state: "ok", found: `127.0.0.1:${open.port} answers` },
    ]);
    const closed = await startSmtp({ behaviours: { credentials: { user: "auth", pass: "p@ss" } } });
    ends.push(closed.close);
    expect(await check(`smtp://auth:p%40ss@127.0.0.1:${closed.port}`)).toMatchObject([
      { state: "ok", found: `127.0.0.1:${closed.port} answers and takes the credentials` },
    ]);
    expect(closed.messages).toEqual([]);
  });

  it("says that the credentials are refused, without showing them", async () => {
    const smtp = await startSmtp({ behaviours: { credentials: { user: "auth", pass: "right" } } });
    ends.push(smtp.close);
    const found = await check(`smtp://auth:wrong-secret@127.0.0.1:${smtp.port}`);
    expect(found).toMatchObject([
      { state: "problem", found: including("535"), advice: including("percent-encoded") },
    ]);
    expect(JSON.stringify(found)).not.toContain("wrong-secret");
  });

  it("says that nobody listens", async () => {
    const port = await freePort();
    expect(await check(`smtp://127.0.0.1:${port}`)).toMatchObject([
      {
        state: "problem",
        found: `127.0.0.1:${port}: CONN ECONNREFUSED`,
        advice: including("firewall"),
      },
    ]);
  });

  it("says that TLS is spoken where none is, or the other way round", async () => {
    const smtp = await startSmtp();
    ends.push(smtp.close);
    expect(await check(`smtps://127.0.0.1:${smtp.port}`)).toMatchObject([
      {
        state: "problem",
        found: including("SSL"),
        advice: including("smtps:// where TLS is from the start"),
      },
    ]);
  });

  it("waits no longer than its patience for a server that says nothing", async () => {
    const silent = await startImpostor(() => undefined);
    ends.push(silent.close);
    expect(await check(`smtp://127.0.0.1:${silent.port}`)).toMatchObject([
      { state: "problem", found: including("ETIMEDOUT") },
    ]);
  });
});

describe("the doctor's look at the issuer", () => {
  const discovery = (issuer: string) => JSON.stringify({ issuer });

  /** A server that answers so to every request, and what the doctor finds of it. */
  async function checkAnswer(
    status: number,
    body: (origin: string) => string,
    options: {
      headers?: Record<string, string>;
      certificate?: TestCertificate;
      trusted?: boolean;
      settings?: Partial<Settings>;
      at?: number;
    } = {},
  ) {
    const { headers = {}, certificate, trusted = true, settings } = options;
    const impostor = await startImpostor((_request, response) => {
      response.writeHead(status, headers).end(body(impostor.origin));
    }, certificate);
    ends.push(impostor.close);
    if (certificate && trusted) trust(certificate);
    const parts = doctorParts({ issuer: impostor.origin, ...settings }, options.at);
    return { origin: impostor.origin, findings: await checkIssuer(parts) };
  }

  function trust({ cert }: TestCertificate) {
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, cert]);
    ends.push(() => {
      setDefaultCACertificates(before);
      return Promise.resolve();
    });
  }

  const of = (found: Awaited<ReturnType<typeof checkAnswer>>, check: string) =>
    found.findings.filter((finding) => finding.check === check);

  it("is content with a document that names the issuer", async () => {
    const found = await checkAnswer(200, discovery);
    expect(of(found, "issuer")).toMatchObject([
      { state: "ok", found: including("answers as it must") },
    ]);
    expect(of(found, "tls")).toMatchObject([{ state: "not-checked" }]);
    expect(of(found, "hsts")).toEqual([]);
    expect(of(found, "clock")).toMatchObject([{ state: "ok" }]);
  });

  it("finds another issuer behind the name", async () => {
    const found = await checkAnswer(200, () => discovery("https://other.test"));
    expect(of(found, "issuer")).toMatchObject([
      {
        state: "problem",
        found: including('says issuer "https://other.test"'),
        advice: including("to the letter"),
      },
    ]);
  });

  it.each([
    ["what is no JSON", "<html>"],
    ["a document without issuer", "{}"],
    ["an issuer that is no text", '{"issuer":7}'],
  ])("finds %s behind the name", async (_what, body) => {
    const found = await checkAnswer(200, () => body);
    expect(of(found, "issuer")).toMatchObject([
      { state: "problem", found: including("says issuer nothing") },
    ]);
  });

  it("finds a redirect where relying parties want an answer", async () => {
    const headers = { location: "https://www.lopcommerce.com/" };
    const found = await checkAnswer(301, () => "", { headers });
    expect(of(found, "issuer")).toMatchObject([
      {
        state: "problem",
        found: including("answers 301 to https://www.lopcommerce.com/"),
        advice: including("follow no redirect"),
      },
    ]);
  });

  it("finds an answer that has no end", async () => {
    const found = await checkAnswer(200, () => "x".repeat(1_100_000));
    expect(of(found, "issuer")).toMatchObject([
      { state: "problem", found: including("the answer has no end") },
    ]);
  });

  it("finds that nobody answers, or that the name is unknown", async () => {
    const [refused] = await checkIssuer(
      doctorParts({ issuer: `http://localhost:${await freePort()}` }),
    );
    expect(refused).toMatchObject({
      check: "issuer",
      state: "problem",
      found: including("ECONNREFUSED"),
      advice: including("start the provider and its proxy"),
    });
    const [unknown] = await checkIssuer(doctorParts({ issuer: "https://auth.invalid" }));
    expect(unknown).toMatchObject({
      check: "issuer",
      state: "problem",
      found: including("auth.invalid"),
      advice: including("DNS"),
    });
  });

  it("reads the certificate's end: fine at 30 days, a warning below", async () => {
    const end = now() + 60 * day;
    const certificate = selfSigned("localhost", end);
    const settings = { trustedProxies: 1 };
    const early = await checkAnswer(200, discovery, { certificate, settings, at: end - 30 * day });
    expect(of(early, "tls")).toMatchObject([{ state: "ok", found: including("(days left: 30)") }]);
    const late = await checkAnswer(200, discovery, {
      certificate,
      settings,
      at: end - 30 * day + 1,
    });
    expect(of(late, "tls")).toMatchObject([
      { state: "warning", found: including("(days left: 29)"), advice: including("renew it now") },
    ]);
  });

  it("tells an expired, a home-made and another host's certificate from a server out of reach", async () => {
    const expired = { certificate: selfSigned("localhost", now() - day) };
    expect(of(await checkAnswer(200, discovery, expired), "tls")).toMatchObject([
      {
        state: "problem",
        found: including("CERT_HAS_EXPIRED"),
        advice: including("renew the certificate"),
      },
    ]);
    const homeMade = { certificate: selfSigned("localhost", now() + day), trusted: false };
    expect(of(await checkAnswer(200, discovery, homeMade), "tls")).toMatchObject([
      { state: "problem", found: including("SELF_SIGNED"), advice: including("fullchain.pem") },
    ]);
    const another = { certificate: selfSigned("other.test", now() + day) };
    expect(of(await checkAnswer(200, discovery, another), "tls")).toMatchObject([
      {
        state: "problem",
        found: including("ALTNAME"),
        advice: including("must name the host of ISSUER"),
      },
    ]);
  });

  it("wants half a year of Strict-Transport-Security on https", async () => {
    const certificate = selfSigned("localhost", now() + 60 * day);
    const hsts = async (value: string | undefined) => {
      const headers: Record<string, string> =
        value === undefined ? {} : { "strict-transport-security": value };
      return of(await checkAnswer(200, discovery, { certificate, headers }), "hsts");
    };
    expect(await hsts(`max-age=${halfAYear}`)).toMatchObject([{ state: "ok" }]);
    expect(await hsts(`max-age=${halfAYear - 1}`)).toMatchObject([{ state: "warning" }]);
    expect(await hsts(undefined)).toMatchObject([
      { state: "warning", found: "the answer has no Strict-Transport-Security" },
    ]);
  });

  it("judges TRUSTED_PROXIES as far as it can be known", async () => {
    const certificate = selfSigned("localhost", now() + 60 * day);
    const proxies = async (trustedProxies: number, tls: boolean) => {
      const options = { settings: { trustedProxies }, ...(tls && { certificate }) };
      return of(await checkAnswer(200, discovery, options), "proxies");
    };
    expect(await proxies(0, false)).toMatchObject([{ state: "ok" }]);
    expect(await proxies(0, true)).toMatchObject([
      { state: "problem", found: "TRUSTED_PROXIES is 0 and ISSUER is https" },
    ]);
    expect(await proxies(1, true)).toMatchObject([
      { state: "not-checked", advice: including("count the proxies") },
    ]);
  });

  it("compares clocks by the answer's date", async () => {
    const found = await checkAnswer(200, discovery, { at: now() + 3600 });
    expect(of(found, "clock")).toMatchObject([
      { state: "warning", found: including("behind this machine") },
    ]);
  });
});

describe("the doctor's comparison of two clocks", () => {
  const { clock } = doctorParts({}, 1_800_000_000);

  it("takes five seconds for agreement, and six not", () => {
    expect(clockFinding(clock, "the issuer", 1_800_000_005)).toMatchObject([{ state: "ok" }]);
    expect(clockFinding(clock, "the issuer", 1_800_000_006)).toMatchObject([
      {
        state: "warning",
        found: "the issuer is 6 s ahead of this machine",
        advice: including("NTP"),
      },
    ]);
    expect(clockFinding(clock, "the issuer", 1_799_999_994)).toMatchObject([
      { state: "warning", found: "the issuer is 6 s behind this machine" },
    ]);
  });

  it("says nothing of a clock that is not known", () => {
    expect(clockFinding(clock, "the database", undefined)).toEqual([]);
    expect(clockFinding(clock, "the issuer", Number.NaN)).toEqual([]);
  });
});

describe("the doctor's look at PRIVATE_HOSTS", () => {
  const check = (...privateHosts: string[]) => checkPrivateHosts(doctorParts({ privateHosts }));

  it("is content with private names, and silent without any", async () => {
    expect(await check()).toEqual([]);
    expect(await check("localhost", "10.1.2.3", "[::1]")).toMatchObject([
      { state: "ok", found: "localhost, 10.1.2.3, [::1] are private" },
    ]);
    // As it stands in an address, and as a client's address is compared with it.
    expect(await check("[::1]")).toMatchObject([{ state: "ok", found: "[::1] are private" }]);
    const client = { jwks_uri: "https://[::1]:8443/keys" } as ClientMetadata;
    for (const named of ["[::1]", "::1"]) {
      expect(await uncalledHosts(client, doctorParts({ privateHosts: [named] }))).toEqual([]);
    }
    expect(await uncalledHosts(client, doctorParts({ privateHosts: [] }))).toHaveLength(1);
  });

  it("finds names that do not resolve, or need no leave", async () => {
    expect(await check("intranet.invalid")).toMatchObject([
      { state: "warning", found: including("intranet.invalid: "), advice: including("DNS") },
    ]);
    expect(await check("192.0.2.1", "8.8.8.8")).toMatchObject([
      expect.objectContaining({ state: "warning", found: "8.8.8.8 has a public address" }),
    ] as object[]);
  });
});
