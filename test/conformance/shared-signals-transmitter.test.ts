import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createRemoteJWKSet } from "jose";
import {
  type EventToken,
  allEvents,
  nameOf,
  receiver,
  receivingClient,
  saidBy,
  startPushListener,
  verified,
} from "../signals/receiver.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

/** The modules of `openid-ssf-transmitter-test-plan` and `openid-ssf-transmitter-caep-test-plan`, by their names. */
describe.each(databases)(
  "the Foundation's plans for Shared Signals transmitters, on $name",
  (kind) => {
    let provider: TestProvider;
    let listener: Awaited<ReturnType<typeof startPushListener>>;
    let party: ReturnType<typeof receiver>;

    beforeAll(async () => {
      listener = await startPushListener();
      provider = await startTestProvider(kind, {
        clients: { portal: receivingClient },
        environment: { SIGNALS: "on", PRIVATE_HOSTS: "127.0.0.1" },
      });
      party = receiver(provider);
    });
    afterEach(async () => {
      listener.received.length = 0;
      for (const { stream_id: id } of await party.list())
        await party.call("DELETE", `/signals/streams?stream_id=${String(id)}`);
    });
    afterAll(async () => {
      await provider.stop();
      await listener.close();
    });

    const broken = { text: ";{ broken" };
    const noToken = { authorization: "Bearer not-a-token" };
    const gone = async () => {
      const { stream_id: id } = await party.create();
      await party.call("DELETE", `/signals/streams?stream_id=${String(id)}`);
      return String(id);
    };
    const push = (more: object = {}) => ({
      delivery: { method: "urn:ietf:rfc:8935", endpoint_url: listener.url, ...more },
    });
    const verify = (id: unknown, state?: string) =>
      party.call("POST", "/signals/verification", { body: { stream_id: id, state } });

    it("openid-ssf-transmitter-metadata", async () => {
      const response = await fetch(`${provider.issuer}/.well-known/ssf-configuration`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(/^application\/json/);
      const metadata = (await response.json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        issuer: provider.issuer,
        spec_version: "1_0",
        delivery_methods_supported: ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
        authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6749" }],
      });
      for (const name of ["configuration", "status", "verification"])
        expect(metadata[`${name}_endpoint`]).toMatch(provider.issuer);
      expect(
        Object.values(metadata).some((value) => Array.isArray(value) && value.length === 0),
      ).toBe(false);
      const keys = createRemoteJWKSet(new URL(String(metadata["jwks_uri"])));
      await keys.reload();
      expect(keys.jwks()?.keys.some(({ kty }) => kty === "RSA")).toBe(true);
    });

    it("openid-ssf-stream-control-happy-path", async () => {
      const made = await party.call("POST", "/signals/streams", {
        body: { ...push(), events_requested: [...allEvents, "urn:of:nobody"], description: "one" },
      });
      expect(made.status).toBe(201);
      const stream = made.body;
      expect(stream).toMatchObject({
        ...{ iss: provider.issuer, aud: "portal", description: "one" },
        ...{ events_delivered: allEvents, events_supported: allEvents },
        events_requested: [...allEvents, "urn:of:nobody"],
        delivery: { method: "urn:ietf:rfc:8935", endpoint_url: listener.url },
      });
      const id = String(stream["stream_id"]);
      const read = await party.call("GET", `/signals/streams?stream_id=${id}`);
      expect(read).toEqual({ status: 200, body: stream });
      const some = [allEvents[0]];
      const patched = await party.call("PATCH", "/signals/streams", {
        body: { stream_id: id, events_requested: some },
      });
      expect(patched.status).toBe(200);
      expect(patched.body).toEqual({ ...stream, events_requested: some, events_delivered: some });
      const put = await party.call("PUT", "/signals/streams", {
        // What is the transmitter's is compared with its value before the update.
        body: { stream_id: id, ...push(), events_delivered: some, events_requested: allEvents },
      });
      expect(put.status).toBe(200);
      expect(put.body["description"]).toBeUndefined();
      expect(put.body["events_delivered"]).toEqual(allEvents);
      const status = `/signals/status?stream_id=${id}`;
      expect(await party.call("GET", status)).toEqual({
        status: 200,
        body: { stream_id: id, status: "enabled" },
      });
      for (const wished of ["paused", "disabled", "enabled"]) {
        const body = { stream_id: id, status: wished, reason: "a test" };
        expect(await party.call("POST", status, { body })).toEqual({ status: 200, body });
      }
      const removed = await party.call("DELETE", `/signals/streams?stream_id=${id}`);
      expect(removed).toEqual({ status: 204, body: "" });
      expect(await party.call("GET", "/signals/streams")).toEqual({ status: 200, body: [] });
    });

    it("openid-ssf-stream-control-error-create-stream-with-broken-input", async () => {
      expect((await party.call("POST", "/signals/streams", broken)).status).toBe(400);
    });

    it.each([
      ["update", "PATCH"],
      ["replace", "PUT"],
    ])("openid-ssf-stream-control-error-%s-stream-with-invalid-body", async (_name, method) => {
      await party.create();
      expect((await party.call(method, "/signals/streams", broken)).status).toBe(400);
    });

    it.each([
      ["create", "POST"],
      ["read", "GET"],
      ["update", "PATCH"],
      ["replace", "PUT"],
      ["delete", "DELETE"],
    ])("openid-ssf-stream-control-error-%s-stream-with-invalid-token", async (_name, method) => {
      const { stream_id: id } = await party.create();
      const hasBody = method !== "GET" && method !== "DELETE";
      const path = `/signals/streams${hasBody ? "" : `?stream_id=${String(id)}`}`;
      const sent = hasBody ? { body: { stream_id: id } } : {};
      expect((await party.call(method, path, { ...sent, ...noToken })).status).toBe(401);
      expect((await party.call(method, path, { ...sent, authorization: "" })).status).toBe(401);
      const reader = { ...sent, authorization: `Bearer ${await party.token("ssf.read")}` };
      expect((await party.call(method, path, reader)).status).toBe(method === "GET" ? 200 : 403);
    });

    it.each([
      ["read", "GET"],
      ["update", "PATCH"],
      ["replace", "PUT"],
      ["delete", "DELETE"],
    ])("openid-ssf-stream-control-error-%s-unknown-stream", async (_name, method) => {
      const id = await gone();
      const hasBody = method === "PATCH" || method === "PUT";
      const path = `/signals/streams${hasBody ? "" : `?stream_id=${id}`}`;
      const sent = hasBody ? { body: { stream_id: id } } : {};
      expect((await party.call(method, path, sent)).status).toBe(404);
    });

    it("openid-ssf-stream-control-error-create-stream-with-duplicate-config", async () => {
      await party.create(push());
      const again = await party.call("POST", "/signals/streams", {
        body: { ...push(), events_requested: allEvents },
      });
      expect(again.status).toBe(201);
    });

    it("openid-ssf-stream-subject-control", async () => {
      const { stream_id: id } = await party.create();
      const subject = { format: "email", email: "nobody@made-up.test" };
      const body = { stream_id: id, subject, verified: true };
      const added = await party.call("POST", "/signals/subjects/add", { body });
      expect([added.status, added.body]).toEqual([200, ""]);
      const removed = await party.call("POST", "/signals/subjects/remove", { body });
      expect([removed.status, removed.body]).toEqual([204, ""]);
    });

    const expectVerification = (token: EventToken, id: unknown, state: string) => {
      expect(nameOf(token)).toBe("verification");
      expect(saidBy(token)).toEqual({ state });
      expect(token).toMatchObject({ sub_id: { format: "opaque", id } });
      expect(token).not.toHaveProperty("sub");
      expect(token).not.toHaveProperty("exp");
      expect(token.iat).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    };

    it("openid-ssf-transmitter-stream-verification-push", async () => {
      const { stream_id: id } = await party.create(push({ authorization_header: "Bearer opens" }));
      expect((await verify(id, "s1")).status).toBe(204);
      const [pushed] = await waitFor(
        "the verification",
        () => listener.received.length > 0 && listener.received,
        60,
      );
      expectVerification(await verified(provider, pushed?.set ?? ""), id, "s1");
      expect(pushed?.headers).toMatchObject({
        ...{ "content-type": "application/secevent+jwt", accept: "application/json" },
        authorization: "Bearer opens",
      });
    }, 90_000);

    it("openid-ssf-transmitter-stream-verification-error-push-no-auth", async () => {
      const { stream_id: id } = await party.create(push());
      expect((await verify(id, "s2")).status).toBe(204);
      const [pushed] = await waitFor(
        "the verification",
        () => listener.received.length > 0 && listener.received,
        60,
      );
      expect(pushed?.headers["authorization"]).toBeUndefined();
    }, 90_000);

    it("openid-ssf-transmitter-stream-verification-poll-only", async () => {
      const { stream_id: id, delivery } = await party.create();
      expect(delivery).toEqual({
        method: "urn:ietf:rfc:8936",
        endpoint_url: `${provider.issuer}/signals/poll/${String(id)}`,
      });
      expect((await verify(id, "s3")).status).toBe(204);
      const { body } = await party.call(
        "POST",
        (delivery as { endpoint_url: string }).endpoint_url,
        {
          body: { returnImmediately: true },
        },
      );
      const [[jti, set] = ["", ""]] = Object.entries(body["sets"] as Record<string, string>);
      const token = await verified(provider, set);
      expect(token.jti).toBe(jti);
      expectVerification(token, id, "s3");
      // What is not acknowledged comes again, by the same jti.
      expect((await party.tokens(id)).map((each) => each.jti)).toEqual([jti]);
    });

    it("openid-ssf-transmitter-stream-verification-poll-and-ack", async () => {
      const { stream_id: id } = await party.create();
      await verify(id, "s4");
      const [token] = await party.tokens(id);
      const answer = await party.poll(id, { ack: [token?.jti], returnImmediately: true });
      expect(answer).toEqual({ status: 200, body: { sets: {} } });
    });

    it("openid-ssf-transmitter-stream-verification-ack-only", async () => {
      const { stream_id: id } = await party.create();
      await verify(id, "s5");
      const [token] = await party.tokens(id);
      // No answer is waited for: `returnImmediately` is false unless given.
      const answer = await party.poll(id, { ack: [token?.jti], maxEvents: 0 });
      expect(answer).toEqual({ status: 200, body: { sets: {} } });
      expect(await party.tokens(id)).toEqual([]);
    });

    it("openid-ssf-transmitter-stream-verification asks no more often than min_verification_interval", async () => {
      const { stream_id: id, min_verification_interval: interval } = await party.create();
      expect(interval).toBeLessThanOrEqual(120);
      expect((await verify(id)).status).toBe(204);
      expect((await verify(id)).status).toBe(429);
      expect((await verify(await gone())).status).toBe(404);
    });
  },
);
