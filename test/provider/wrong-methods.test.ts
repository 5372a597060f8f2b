import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe("an endpoint of the protocol, asked by another method", () => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider(databases[0] as DatabaseKind);
  });
  afterAll(() => provider.stop());

  it.each([
    ["GET", "/token", "POST"],
    ["HEAD", "/token", "POST"],
    ["PUT", "/token/introspection", "POST"],
    ["GET", "/token/revocation", "POST"],
    ["DELETE", "/request", "POST"],
    ["PUT", "/me", "GET, POST"],
    ["PATCH", "/auth", "GET, POST"],
  ])("%s %s is 405, and says by which it is served", async (method, path, allowed) => {
    const answer = await fetch(`${provider.issuer}${path}`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
    if (method === "HEAD") return;
    expect(await answer.json()).toEqual({
      error: "invalid_request",
      error_description: `${path} is asked by ${allowed.replace(", ", " or ")}`,
    });
  });

  it("is the page of 405 to a browser", async () => {
    const headers = { accept: "text/html,*/*;q=0.8" };
    const answer = await fetch(`${provider.issuer}/token`, { headers });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await answer.text()).toContain('<html lang="fr"');
  });

  it("leaves what the library answers, and what is nowhere, as they are", async () => {
    const posted = await fetch(`${provider.issuer}/token`, { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([400, null]);
    const asked = await fetch(`${provider.issuer}/me`);
    expect(asked.status).toBe(401);
    expect((await fetch(`${provider.issuer}/tokens`)).status).toBe(404);
    const preflight = await fetch(`${provider.issuer}/token`, {
      method: "OPTIONS",
      headers: { origin: "https://app.test", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
  });
});
