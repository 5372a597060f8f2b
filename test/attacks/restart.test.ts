import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type TestDatabase, databases } from "../support/databases.ts";
import { type ServerProcess, serverProcess } from "../support/server-process.ts";
import { goodPassword } from "../support/test-provider.ts";
import { addAccount, redeem, signInAt } from "./process-journey.ts";

const email = "jeanne@partenaire.test";

describe.each(databases)("what was spent before a restart, on $name", (kind) => {
  let home: TestDatabase;
  let server: ServerProcess;

  beforeAll(async () => {
    home = await kind.create();
    // No mail leaves in this suite. A public client's refresh tokens rotate at each use.
    server = await serverProcess({
      databaseUrl: home.url,
      smtpUrl: "smtp://127.0.0.1:9",
      isPublic: true,
    });
    await server.start();
    await addAccount(home.url, email, goodPassword);
  }, 30_000);
  afterAll(async () => {
    await server.remove();
    await home.drop();
  });

  const refresh = async (token: unknown) => {
    const answer = await fetch(`${server.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: String(token),
        client_id: server.client.id,
      }),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, body };
  };
  const userinfo = async (token: unknown) => {
    const headers = { authorization: `Bearer ${String(token)}` };
    return (await fetch(`${server.issuer}/me`, { headers })).status;
  };

  it.each(["kill", "stop"] as const)(
    "a code and a rotated refresh token used again after a restart (%s) end the whole grant",
    async (end) => {
      const byCode = await redeemed();
      const byToken = await redeemed();
      // Once a successor was used, its forerunner was stolen: until then an answer may have been lost on its way.
      const successor = await refresh(byToken.tokens["refresh_token"]);
      const rotated = await refresh(successor.body["refresh_token"]);
      expect([successor.status, rotated.status]).toEqual([200, 200]);
      expect(await userinfo(byCode.tokens["access_token"])).toBe(200);

      await server[end]();
      await server.start();
      expect(await userinfo(byCode.tokens["access_token"])).toBe(200);
      expect(await redeem(server, byCode.code)).toMatchObject({ error: "invalid_grant" });
      expect(await userinfo(byCode.tokens["access_token"])).toBe(401);
      expect((await refresh(byCode.tokens["refresh_token"])).status).toBe(400);

      expect((await refresh(byToken.tokens["refresh_token"])).body).toMatchObject({
        error: "invalid_grant",
      });
      expect((await refresh(rotated.body["refresh_token"])).status).toBe(400);
      expect(await userinfo(rotated.body["access_token"])).toBe(401);
    },
    60_000,
  );

  async function redeemed() {
    const { code = "", shown } = await signInAt(server, email, goodPassword);
    const tokens = await redeem(server, code);
    expect([shown, typeof tokens["refresh_token"]]).toEqual([shown, "string"]);
    return { code, tokens };
  }
});
