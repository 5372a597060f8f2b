import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { wellKnownDocuments } from "../../src/web/well-known.ts";
import { type Served, serve } from "./serve.ts";

describe("documents at fixed addresses", () => {
  const issuer = "https://auth.example";
  let now = Date.parse("2026-11-28T17:05:00Z") / 1000;
  let served: Served;
  beforeAll(async () => {
    const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
    served = await serve(
      wellKnownDocuments({ issuer, contactUrl: "https://contact.example/securite", clock }),
    );
  });
  afterAll(() => served.close());

  it("says whom to tell of a hole, for half a year from today on", async () => {
    const answer = await fetch(`${served.url}/.well-known/security.txt`);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await answer.text()).toBe(
      `Contact: https://contact.example/securite
Expires: 2027-05-27T00:00:00.000Z
Preferred-Languages: fr, en
Canonical: https://auth.example/.well-known/security.txt
`,
    );
    now += 86_400;
    const tomorrow = await fetch(`${served.url}/.well-known/security.txt`);
    expect(await tomorrow.text()).toContain("Expires: 2027-05-28T");
  });

  it("says where passkeys are added and removed", async () => {
    const answer = await fetch(`${served.url}/.well-known/passkey-endpoints`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const page = `${issuer}/account/security`;
    expect(await answer.json()).toEqual({ enroll: page, manage: page });
  });

  it.each(["/.well-known/other", "/.well-known/constructor"])("has nothing at %s", async (path) => {
    expect((await fetch(served.url + path)).status).toBe(404);
  });

  it("is nothing that one posts to", async () => {
    const answer = await fetch(`${served.url}/.well-known/security.txt`, { method: "POST" });
    expect(answer.status).toBe(404);
  });
});
