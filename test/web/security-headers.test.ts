import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import { allowAnyFormAction } from "../../src/web/index.ts";
import { securityHeaders } from "../../src/web/security-headers.ts";
import { type Served, serve } from "./serve.ts";

let plain: Served;
let secure: Served;
beforeAll(async () => {
  const answer = (ctx: Context) => {
    if (ctx.path === "/form-post") allowAnyFormAction(ctx);
    ctx.body = "ok";
  };
  plain = await serve(securityHeaders("http://localhost:3000"), answer);
  secure = await serve(securityHeaders("https://auth.example"), answer);
});
afterAll(async () => {
  await plain.close();
  await secure.close();
});

async function headerOf(path: string, name: string): Promise<string | null> {
  return (await fetch(`${plain.url}${path}`)).headers.get(name);
}
const policyOf = (path: string) => headerOf(path, "content-security-policy");

describe("the security headers", () => {
  it("let a page load and send nothing elsewhere, and nobody frame it", async () => {
    expect(await policyOf("/")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  it("forbid sniffing and keep the address of the page from other sites", async () => {
    const { headers } = await fetch(plain.url);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("permissions-policy")).toContain("camera=()");
  });

  it("ask for https for ever only where the issuer is https", async () => {
    expect((await fetch(plain.url)).headers.get("strict-transport-security")).toBeNull();
    const { headers } = await fetch(secure.url);
    expect(headers.get("strict-transport-security")).toBe("max-age=63072000");
  });

  it("keep other windows from those where somebody acts, and from no window of a sign-in", async () => {
    const policies = await Promise.all(
      [
        "/account",
        "/account/email",
        "/admin/clients",
        "/auth",
        "/interaction/x/signup",
        "/accounts",
      ].map((path) => headerOf(path, "cross-origin-opener-policy")),
    );
    expect(policies).toEqual([
      "same-origin",
      "same-origin",
      "same-origin",
      "unsafe-none",
      "unsafe-none",
      "unsafe-none",
    ]);
  });

  it("say nothing of where the form of form_post leads, on that one page", async () => {
    expect(await policyOf("/form-post")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(await policyOf("/")).toContain("form-action 'self';");
  });
});
