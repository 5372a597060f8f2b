import { type Server, createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import Koa from "koa";
import { publishedDocuments } from "../../src/provider/published-documents.ts";
import { freePort } from "../support/free-port.ts";

describe("the published documents", () => {
  let server: Server;
  let origin: string;
  /** What the library would answer now, and how often it was asked. */
  let keys: object;
  let status: number;
  let built: number;

  const read = (init?: RequestInit) => fetch(`${origin}/jwks`, init);

  beforeEach(async () => {
    keys = { keys: [{ kid: "first" }] };
    status = 200;
    built = 0;
    const app = new Koa();
    app.use(publishedDocuments("https://auth.example"));
    app.use((ctx) => {
      built += 1;
      ctx.status = status;
      ctx.set("Vary", "Origin");
      ctx.body = keys;
      ctx.type = "application/jwk-set+json; charset=utf-8";
    });
    const port = await freePort();
    const handle = app.callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are the library's own, built once", async () => {
    for (let times = 0; times < 3; times += 1) {
      const answer = await read();
      expect(await answer.json()).toEqual(keys);
      expect(answer.headers.get("content-type")).toBe("application/jwk-set+json; charset=utf-8");
    }
    expect(built).toBe(1);
  });

  it("say that anybody may keep them for five minutes, and any origin read them", async () => {
    for (let times = 0; times < 2; times += 1) {
      const { headers } = await read();
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "public, max-age=300",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=63072000",
      });
      expect(headers.has("vary")).toBe(false);
    }
  });

  it("are not sent again to who has them (RFC 9110 §13.1.2)", async () => {
    const etag = (await read()).headers.get("etag") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await read({ headers: { "if-none-match": known } });
      expect({ status: answer.status, body: await answer.text() }).toEqual({
        status: 304,
        body: "",
      });
      expect(answer.headers.get("etag")).toBe(etag);
    }
    expect((await read({ headers: { "if-none-match": '"other"' } })).status).toBe(200);
  });

  it("answer HEAD with the length alone", async () => {
    const whole = await (await read()).text();
    const answer = await read({ method: "HEAD" });
    expect(answer.headers.get("content-length")).toBe(String(Buffer.byteLength(whole)));
    expect(await answer.text()).toBe("");
  });

  it("leave every other method and path to the library", async () => {
    await read();
    await read({ method: "POST" });
    await fetch(`${origin}/jwks/`);
    expect(built).toBe(3);
  });

  it("never keep an answer that failed", async () => {
    status = 503;
    expect((await read()).status).toBe(503);
    status = 200;
    expect((await read()).status).toBe(200);
  });
});
