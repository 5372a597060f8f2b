import { describe, expect, it } from "@jest/globals";
import Koa from "koa";
import { ownCookie } from "../../src/web/own-cookie.ts";

/** A request with that `Cookie` header, and what its answer sets. */
function exchange(
  cookie = "",
  secure = false,
): { readonly ctx: Koa.Context; readonly set: string[] } {
  const app = new Koa();
  app.keys = ["a key of thirty-two characters 01"];
  const set: string[] = [];
  const response = {
    getHeader: () => set,
    setHeader: (_: string, all: string[]) => set.splice(0, set.length, ...all),
  };
  const request = { headers: { cookie }, socket: { encrypted: secure } };
  const ctx = app.createContext(request as never, response as never);
  return { ctx, set };
}

/** The cookie that an answer sets, without its signature. */
function setBy(secure: boolean, write: (ctx: Koa.Context) => void): string | undefined {
  const { ctx, set } = exchange("", secure);
  write(ctx);
  return set.find((header) => !header.includes(".sig="));
}

describe("a cookie of ours", () => {
  it("of all pages can be planted by no other host", () => {
    const cookie = ownCookie("known", { lifeSeconds: 60 });
    expect(setBy(true, (ctx) => cookie.write(ctx, "value"))).toMatch(
      /^__Host-known=value; path=\/; expires=.*; samesite=lax; secure; httponly/,
    );
  });

  it("of some pages is sent to these alone, as long as the browser runs", () => {
    const cookie = ownCookie("state", { path: "/sign-in" });
    expect(setBy(true, (ctx) => cookie.write(ctx, "value"))).toBe(
      "__Secure-state=value; path=/sign-in; samesite=lax; secure; httponly",
    );
  });

  it("whose values have places of their own stands at each, and goes from there", () => {
    const cookie = ownCookie("once", { scoped: true, sameSite: "strict" });
    const place = { path: "/a/b" };
    expect(setBy(true, (ctx) => cookie.write(ctx, "value", place))).toBe(
      "__Secure-once=value; path=/a/b; samesite=strict; secure; httponly",
    );
    expect(setBy(true, (ctx) => cookie.clear(ctx, place))).toMatch(
      /^__Secure-once=; path=\/a\/b; exp/,
    );
  });

  it("on http has its plain name", () => {
    expect(setBy(false, (ctx) => ownCookie("known").write(ctx, "value"))).toBe(
      "known=value; path=/; samesite=lax; httponly",
    );
  });

  it("is read when its signature is ours", () => {
    const cookie = ownCookie("known");
    const { ctx, set } = exchange();
    cookie.write(ctx, "value");
    const [value, signature] = set.map((header) => header.split(";")[0]);
    expect(cookie.read(exchange(`${value}; ${signature}`).ctx)).toBe("value");
    expect(cookie.read(exchange(value).ctx)).toBeUndefined();
    expect(cookie.read(exchange(`known=other; ${signature}`).ctx)).toBeUndefined();
  });
});
