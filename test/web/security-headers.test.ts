import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import { allowFormAction, securityHeaders } from "../../src/web/index.ts";
import { type Served, serve } from "./serve.ts";

let plain: Served;
let secure: Served;
beforeAll(async () => {
  const answer = (ctx: Context) => {
    for (const url of [ctx.query["to"] ?? []].flat()) allowFormAction(ctx, url);
    ctx.body = "ok";
  };
  plain = await serve(securityHeaders("http://localhost:3000"), answer);
  secure = await serve(securityHeaders("https://auth.example"), answer);
});
afterAll(async () => {
  await plain.close();
  await secure.close();
});

async function policyOf(query: string): Promise<string | null> {
  return (await fetch(`${plain.url}/?${query}`)).headers.get("content-security-policy");
}

describe("the security headers", () => {
  it("let a page load and send nothing elsewhere, and nobody frame it", async () => {
    expect(await policyOf("")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  it("forbid sniffing and keep the address of the page from other sites", async () => {
    const { headers } = await fetch(plain.url);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("permissions-policy")).toContain("camera=()");
  });

  it("ask for https for ever only where the issuer is https", async () => {
    expect((await fetch(plain.url)).headers.get("strict-transport-security")).toBeNull();
    const { headers } = await fetch(secure.url);
    expect(headers.get("strict-transport-security")).toBe("max-age=63072000");
  });
});

describe("allowFormAction", () => {
  it("adds the origin of this request's way back, once, and no more than the origin", async () => {
    const query = "to=https://rp.example/cb?x=1&to=https://rp.example/other";
    expect(await policyOf(query)).toContain("; form-action 'self' https://rp.example; ");
  });

  it("names the scheme of a native application, which has no origin", async () => {
    expect(await policyOf("to=com.example.app:/callback")).toContain(
      "form-action 'self' com.example.app:;",
    );
  });

  it("leaves the next request alone", async () => {
    await policyOf("to=https://rp.example/cb");
    expect(await policyOf("")).toContain("form-action 'self';");
  });
});
