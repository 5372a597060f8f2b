import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { undocumentedFields } from "../support/log-fields.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Collector, startCollector } from "../telemetry/collector.ts";
import { type Series, scrape, sumOf } from "../telemetry/exposition.ts";

/** What no series, span or line may hold: made to be recognised. */
const canary = {
  email: "canari-jaune@partenaire.test",
  familyName: "Canarinière",
  siret: "13002526500013",
  path: "/canari-inconnu",
};
const traceparent = (trace: string, flags = "01") => `00-${trace}-b7ad6b7169203331-${flags}`;

describe.each(databases)("a provider that is watched, on $name", (kind) => {
  let provider: TestProvider;
  let collector: Collector;
  let port: number;
  let secrets: string[];

  beforeAll(async () => {
    collector = await startCollector();
    port = await freePort();
    provider = await startTestProvider(kind, {
      environment: {
        METRICS_PORT: String(port),
        REQUEST_LOG: "on",
        NODE_NAME: "node-7",
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20collector-key",
        TRACES_PER_SECOND: "1000",
        TRUSTED_PROXIES: "1",
        PRIVATE_HOSTS: "localhost",
      },
    });
    await provider.addAccount(canary.email, { familyName: canary.familyName });
    await provider.openAccess(canary.email, canary.siret);
    const { tokens } = await journey();
    secrets = [tokens.access_token, tokens.refresh_token ?? "", tokens.id_token ?? ""];
  });
  afterAll(async () => {
    await provider.stop();
    await collector.close();
  });

  /** A person signs in, is refused once, asks for a letter and for what is not there. */
  async function journey(email: string = canary.email) {
    const browser = new BrowserAgent();
    const party = provider.party("portal");
    const login = await party.login(browser);
    await browser.fill({ email, password: "wrong password" }).submit("#primary");
    await browser.fill({ email, password: goodPassword }).submit("#primary");
    const signedIn = await login.signedIn();
    await new BrowserAgent().open(`${provider.issuer}${canary.path}/${email}`);
    await fetch(`${provider.issuer}/token?${email}`, { method: "POST" });
    await browser.open(`${provider.issuer}/recovery`);
    await browser.fill({ email }).submit("#primary");
    await provider.smtp.waitForMessage(({ envelope }) => envelope.to.includes(email), 20_000);
    return signedIn;
  }

  describe("by Prometheus", () => {
    it("counts requests by route and what came of them, and sign-ins by result", async () => {
      const series = await scrape(port);
      const requests = (labels: Record<string, string>) =>
        sumOf(series, "lopauth_http_request_duration_seconds_count", labels);
      expect(requests({ method: "GET", route: "/auth", outcome: "accepted" })).toBeGreaterThan(0);
      expect(
        requests({ method: "POST", route: "/interaction/:uid", outcome: "refused" }),
      ).toBeGreaterThan(0);
      expect(requests({ method: "GET", route: "other", outcome: "refused" })).toBeGreaterThan(0);
      expect(requests({ method: "POST", route: "/token", outcome: "refused" })).toBe(1);
      expect(sumOf(series, "lopauth_sign_ins_total", { result: "accepted" })).toBe(1);
      expect(sumOf(series, "lopauth_sign_ins_total", { result: "credentials-refused" })).toBe(1);
      expect(sumOf(series, "lopauth_events_total", { event: "signed-in" })).toBe(2);
    });

    it.each([
      ["lopauth_hashing_duration_seconds_count", { queue: "passwords" }],
      ["lopauth_hashing_wait_seconds_count", { queue: "passwords" }],
      ["lopauth_hashing_threads", { queue: "passwords" }],
      ["lopauth_statement_duration_seconds_count", { store: "artifacts" }],
      ["lopauth_statement_duration_seconds_count", { store: "lookup" }],
      ["lopauth_statement_duration_seconds_count", { store: "register" }],
      ["lopauth_delivery_duration_seconds_count", { channel: "mail", outcome: "delivered" }],
      ["lopauth_job_last_success_timestamp_seconds", { job_name: "send-mails" }],
      ["lopauth_job_period_seconds", { job_name: "purge-register" }],
      ["lopauth_signing_key_age_seconds", {}],
      ["lopauth_audit_head", {}],
      ["lopauth_audit_chain_intact", {}],
      ["lopauth_artifacts", { model: "Grant" }],
      ["lopauth_clock_timestamp_seconds", {}],
      ["lopauth_build_info", { database: kind.name === "SQLite" ? "sqlite" : "postgres" }],
      ["nodejs_eventloop_lag_p99_seconds", {}],
      ["process_resident_memory_bytes", {}],
    ])("tells %s", async (name, labels) => {
      const told = await waitFor(name, async () =>
        (await scrape(port)).find(
          (each) =>
            each.name === name &&
            Object.entries(labels).every(([label, text]) => each.labels[label] === text),
        ),
      );
      expect(told.value).toBeGreaterThanOrEqual(name === "lopauth_audit_chain_intact" ? 1 : 0);
    });

    it("tells what waits in the outbox by channel and kind, and for how long", async () => {
      const { knex } = provider.application.database;
      const now = Math.floor(Date.now() / 1000);
      const entry = { channel: "elsewhere", name: "notice", state: "waiting", attempts: 1 };
      await knex("outbox").insert([
        { ...entry, id: "late", due_at: now - 300, created_at: now - 900 },
        { ...entry, id: "early", due_at: now + 600, created_at: now - 50 },
      ]);
      const series = await scrape(port);
      await knex("outbox").where({ channel: "elsewhere" }).delete();
      const labels = { channel: "elsewhere", kind: "notice", destination: "other" };
      expect(sumOf(series, "lopauth_outbox_waiting", labels)).toBe(2);
      expect(sumOf(series, "lopauth_outbox_oldest_age_seconds", labels)).toBeGreaterThanOrEqual(
        900,
      );
      expect(sumOf(series, "lopauth_outbox_lag_seconds", labels)).toBeGreaterThanOrEqual(300);
    });

    it("tells of the ten destinations that are most behind, by a mark, and of all others together", async () => {
      const { knex } = provider.application.database;
      const now = Math.floor(Date.now() / 1000);
      // Clients may register themselves: the name of a notice is its client's.
      const notices = (many: number) =>
        Array.from({ length: many }, (_, each) => ({
          ...{ channel: "back-channel-logout", name: `client-${String(each)}`, state: "waiting" },
          ...{ id: `notice-${String(each)}`, destination: `mark-${String(each)}`, attempts: 1 },
          // The first ones wait for the longest; the last has come this minute.
          ...{ due_at: now - 300, created_at: now - Math.max(30, 9000 - each * 100) },
        }));
      const told = async (many: number) => {
        await knex("outbox").insert(notices(many));
        const series = await scrape(port);
        await knex("outbox").where({ channel: "back-channel-logout" }).delete();
        return series.filter(({ labels }) => labels["channel"] === "back-channel-logout");
      };
      const waiting = (series: readonly Series[]) =>
        series
          .filter(({ name }) => name === "lopauth_outbox_waiting")
          .map(({ labels, value }) => [labels["kind"], labels["destination"], value])
          .toSorted();
      const behind = Array.from({ length: 10 }, (_, each) => ["logout", `mark-${String(each)}`, 1]);
      const some = await told(90);
      expect(waiting(some)).toEqual([...behind, ["logout", "other", 80]]);
      const labels = { kind: "logout", destination: "mark-0" };
      expect(sumOf(some, "lopauth_outbox_oldest_age_seconds", labels)).toBeGreaterThanOrEqual(9000);
      expect(sumOf(some, "lopauth_outbox_lag_seconds", labels)).toBeGreaterThanOrEqual(300);
      const [last] = notices(91).slice(-1);
      expect(last).toMatchObject({ created_at: now - 30 });
      expect(waiting(await told(180))).toEqual([...behind, ["logout", "other", 170]]);
    });

    it("names no destination of what has waited for less than a minute", async () => {
      const { knex } = provider.application.database;
      const now = Math.floor(Date.now() / 1000);
      await knex("outbox").insert({
        ...{ id: "new", channel: "fresh", name: "notice", state: "waiting", attempts: 1 },
        ...{ destination: "mark-of-it", due_at: now, created_at: now },
      });
      const series = await scrape(port);
      await knex("outbox").where({ channel: "fresh" }).delete();
      const [told] = series.filter(({ labels }) => labels["channel"] === "fresh");
      expect(told?.labels).toEqual({ channel: "fresh", kind: "notice", destination: "other" });
    });

    it("tells of the ten clients for which most signals wait, and of all others together", async () => {
      const { knex } = provider.application.database;
      const streams = Array.from({ length: 14 }, (_, each) => `stream-${String(each)}`);
      const nothing = { created_at: 0, verified_at: 0, slot: 1, events_requested: "[]" };
      await knex("signal_streams").insert(
        streams.map((stream_id, each) => ({
          ...{ stream_id, ...nothing, status: "enabled", status_by: "receiver" },
          client_id: `client-${String(each)}`,
        })),
      );
      await knex("signal_events").insert(
        streams.flatMap((stream_id, each) =>
          Array.from({ length: 14 - each }, (_, event) => ({
            ...{ id: `${stream_id}-${String(event)}`, stream_id, name: "session-revoked" },
            ...{ sequence: event, encrypted_event: "v1.none", created_at: 0 },
          })),
        ),
      );
      const series = await scrape(port);
      await knex("signal_events").delete();
      await knex("signal_streams").delete();
      const told = series.filter(({ name }) => name === "lopauth_signals_waiting");
      const counted = told.map(({ labels, value }) => [labels["client"], value]);
      expect(counted).toEqual([
        ...streams.slice(0, 10).map((_, each) => [`client-${String(each)}`, 14 - each]),
        ["other", 4 + 3 + 2 + 1],
      ]);
    });

    it("holds no person, token or text of a request in any label, and no more series for more people", async () => {
      await waitFor("every gauge", async () =>
        (await scrape(port)).some(({ name }) => name === "lopauth_audit_chain_intact"),
      );
      const before = await scrape(port);
      const values = before.flatMap(({ labels }) => Object.values(labels));
      for (const text of values) {
        expect(text).toMatch(/^[\w /:.*+-]{0,80}$/);
        for (const word of [...Object.values(canary), ...secrets]) expect(text).not.toContain(word);
      }
      const others = ["perruche@partenaire.test", "mesange@partenaire.test"];
      for (const email of others) {
        await provider.addAccount(email);
        await provider.openAccess(email, canary.siret);
        await journey(email);
      }
      // Which of the letters waits at the moment of a look is chance, and they are a closed list.
      const identity = ({ name, labels }: Series) =>
        JSON.stringify([name, name.includes("outbox") ? { ...labels, kind: "" } : labels]);
      const mail = { channel: "mail", kind: "", destination: "other" };
      const known = new Set(before.map(identity));
      for (const figure of ["waiting", "oldest_age_seconds", "lag_seconds"])
        known.add(JSON.stringify([`lopauth_outbox_${figure}`, mail]));
      const added = (await scrape(port)).filter(
        (each) =>
          !known.has(identity(each)) &&
          /^lopauth_(http|sign|event|hash|deliv|outbox|database)/.test(each.name),
      );
      expect(added).toEqual([]);
    });

    it("serves nothing else there, and to GET alone", async () => {
      const at = (path: string, method = "GET") =>
        fetch(`http://127.0.0.1:${port}${path}`, { method }).then(({ status }) => status);
      expect(await Promise.all([at("/"), at("/auth"), at("/metrics", "POST")])).toEqual([
        ...[404, 404, 405],
      ]);
      const posted = await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" });
      expect(posted.headers.get("allow")).toBe("GET");
      expect((await fetch(`${provider.issuer}/metrics`)).status).toBe(404);
    });
  });

  describe("by OpenTelemetry", () => {
    const spansNamed = (name: string) => collector.spans.filter((span) => span.name === name);
    const childrenOf = (parent: { readonly spanId: string }) =>
      collector.spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);

    beforeAll(async () => {
      await waitFor("the spans of the sign-in", () => spansNamed("POST /token").length > 1, 20);
    });

    it("follows a request by one span, with children for hashing and for both stores", () => {
      const [signIn] = spansNamed("POST /interaction/:uid").filter(
        ({ attributes }) => attributes["http.response.status_code"] !== 422,
      );
      expect(signIn).toMatchObject({ kind: 2, parentSpanId: undefined, failed: false });
      const children = childrenOf(signIn ?? { spanId: "" }).map(({ name }) => name);
      expect(children).toEqual(
        expect.arrayContaining([
          "hashing passwords",
          expect.stringMatching(/^statement artifacts put/),
          expect.stringMatching(/^statement register insert/),
        ]),
      );
    });

    it("follows a delivery as a whole of its own", async () => {
      await waitFor("its span", () => spansNamed("delivery mail").length > 0, 20);
      expect(spansNamed("delivery mail")[0]).toMatchObject({ parentSpanId: undefined });
    });

    it("bears the reference of the log, and none of what the log may not hold", () => {
      const lines = provider.log.map((line) => JSON.parse(line) as Record<string, unknown>);
      const [token] = spansNamed("POST /token");
      const reference = token?.attributes["lopauth.reference"];
      expect(lines.filter((line) => line["reference"] === reference)).not.toEqual([]);
      const all = collector.bodies.join("\n");
      for (const word of [...Object.values(canary), ...secrets]) expect(all).not.toContain(word);
      expect(collector.headers[0]).toMatchObject({ authorization: "Bearer collector-key" });
    });

    it("goes on with the trace of a proxy, unless that is not followed or not to be read", async () => {
      const asked = {
        followed: "1".repeat(32),
        unfollowed: "2".repeat(32),
        nonsense: "0".repeat(32),
      };
      const ask = (header: string) =>
        fetch(`${provider.issuer}/livez`, { headers: { traceparent: header } });
      await ask(traceparent(asked.followed));
      await ask(traceparent(asked.unfollowed, "00"));
      await ask(traceparent(asked.nonsense));
      await waitFor("the spans", () => spansNamed("GET /livez").length >= 2, 20);
      const traces = spansNamed("GET /livez").map(({ traceId }) => traceId);
      expect(traces).toContain(asked.followed);
      expect(traces).not.toContain(asked.unfollowed);
      expect(traces).not.toContain(asked.nonsense);
    });

    it("tells no address of a client of it: nothing that leaves bears a traceparent", async () => {
      const received: object[] = [];
      const client = createServer((request, response) => {
        received.push(request.headers);
        response.end("{}");
      });
      await new Promise<void>((resolve) => client.listen(0, "127.0.0.1", resolve));
      const { telemetry, callClient } = provider.application;
      const trace = telemetry.trace("request");
      const address = `http://localhost:${String((client.address() as AddressInfo).port)}/jwks`;
      await trace?.run(() => callClient(address, {}).catch(() => undefined));
      trace?.end("GET /test", "accepted", {});
      client.close();
      expect(received).toHaveLength(1);
      expect(JSON.stringify(received)).not.toMatch(/traceparent|tracestate|baggage/);
      await waitFor("its span", () => spansNamed("client-call GET").length > 0, 20);
    });
  });

  describe("by the log", () => {
    const lines = () => provider.log.map((line) => JSON.parse(line) as Record<string, unknown>);

    it("writes a line a request, whose reference stands in the event of a sign-in too", async () => {
      const [event] = lines().filter((line) => line["event"] === "signed-in");
      const requests = lines().filter((line) => line["msg"] === "request");
      expect(requests.length).toBeGreaterThan(5);
      const [own] = requests.filter((line) => line["reference"] === event?.["reference"]);
      expect(own).toEqual({
        level: "info",
        time: expect.any(String) as unknown,
        method: "POST",
        route: "/interaction/:uid",
        status: 422,
        ms: expect.any(Number) as unknown,
        reference: event?.["reference"],
        node: "node-7",
        msg: "request",
      });
      const { entries } = await provider.application.audit.page(
        { name: "signed-in" },
        { limit: 9 },
      );
      expect(entries.map(({ requestReference }) => requestReference)).toContain(
        event?.["reference"],
      );
      const [token] = requests.filter((line) => line["route"] === "/token" && line["clientId"]);
      expect(token).toMatchObject({ clientId: "portal", status: 200 });
      expect(JSON.stringify(requests)).not.toContain(canary.email);
    });

    it("keeps to the shape that docs/log.md says", () => {
      expect([...new Set(provider.log.flatMap(undocumentedFields))]).toEqual([]);
      for (const line of lines()) {
        expect(line).toMatchObject({ level: expect.stringMatching(/^[a-z]+$/) as unknown });
        expect(String(line["time"])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(typeof line["msg"]).toBe("string");
      }
    });
  });
});

const [sqlite] = databases;
if (!sqlite) throw new Error("SQLite is always at hand");

describe("a provider that nobody watches", () => {
  it("listens nowhere else, follows no stranger's trace, and writes no line a request", async () => {
    const collector = await startCollector();
    const provider = await startTestProvider(sqlite, {
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACES_PER_SECOND: "1000" },
    });
    const stranger = "3".repeat(32);
    await fetch(`${provider.issuer}/livez`, { headers: { traceparent: traceparent(stranger) } });
    await provider.stop();
    // What waits is sent before the end.
    expect(collector.spans.map(({ name }) => name)).toContain("GET /livez");
    expect(collector.spans.map(({ traceId }) => traceId)).not.toContain(stranger);
    expect(provider.log.join("")).not.toContain('"msg":"request"');
    await collector.close();
  });
});
