import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Context, Next } from "koa";
import { sameOriginOnly } from "../../src/web/index.ts";
import { type Served, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  const codeOnly = async (ctx: Context, next: Next) => {
    try {
      await next();
      ctx.body = "done";
    } catch (error) {
      const { status, code } = error as { status: number; code: string };
      ctx.status = status;
      ctx.body = code;
    }
  };
  served = await serve(codeOnly, sameOriginOnly("https://auth.example"), () => undefined);
});
afterAll(() => served.close());

/** `fetch` would send headers of its own. */
function send(method: string, headers: Record<string, string>): Promise<string> {
  return new Promise((answered, failed) => {
    request(served.url, { method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => answered(`${String(response.statusCode)} ${body}`));
    })
      .on("error", failed)
      .end();
  });
}

const done = "200 done";
const refusal = "403 cross-site-request";

describe("a form post", () => {
  it.each([
    [
      "from our own page",
      { "sec-fetch-site": "same-origin", origin: "https://auth.example" },
      done,
    ],
    ["that the person reloads", { "sec-fetch-site": "none" }, done],
    [
      "from another site",
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      refusal,
    ],
    [
      "from a sister site",
      { "sec-fetch-site": "same-site", origin: "https://www.auth.example" },
      refusal,
    ],
    [
      "whose origins disagree",
      { "sec-fetch-site": "cross-site", origin: "https://auth.example" },
      refusal,
    ],
    ["under no-referrer", { "sec-fetch-site": "same-origin", origin: "null" }, done],
    ["of an older browser, from our own page", { origin: "https://auth.example" }, done],
    ["of an older browser, from another site", { origin: "https://evil.example" }, refusal],
    ["of an older browser, from a sandboxed frame", { origin: "null" }, refusal],
    [
      "that names our host as its own",
      { host: "evil.example", origin: "https://evil.example" },
      refusal,
    ],
    ["of a program that is no browser", {}, done],
  ])("%s is answered %#", async (_case, headers, answer) => {
    expect(await send("POST", headers)).toBe(answer);
  });
});

describe("a page", () => {
  it("may be opened from another site", async () => {
    expect(await send("GET", { "sec-fetch-site": "cross-site" })).toBe(done);
  });
});
