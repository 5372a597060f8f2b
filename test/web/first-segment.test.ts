import Router from "@koa/router";
import { describe, expect, it } from "@jest/globals";
import type { Context, Middleware } from "koa";
import { reachedBySegment } from "../../src/web/first-segment.ts";

/** Which of the routers answers a path; undefined: none. */
async function answering(routers: readonly Middleware[], path: string): Promise<unknown> {
  const ctx = { path, method: "GET", host: "h", request: {} } as unknown as Context;
  for (const router of routers) {
    const went: string[] = [];
    await router(ctx, () => {
      went.push(path);
      return Promise.resolve();
    });
    if (went.length === 0) return ctx.body;
  }
  return undefined;
}

function routerOf(name: string, ...paths: readonly (string | RegExp)[]) {
  const router = new Router();
  const matched: string[] = [];
  const match = router.match.bind(router);
  router.match = (path, method) => {
    matched.push(path);
    return match(path, method);
  };
  router.use((_ctx, next) => next());
  for (const path of paths) router.get(path, (ctx) => void (ctx.body = name));
  return { routes: reachedBySegment(router.routes() as unknown as Middleware), matched };
}

describe("a router reached by the first segment of a path", () => {
  it("answers as it does by itself", async () => {
    const account = routerOf("account", "/account", "/account/:what", "/sign-up/x");
    const all = [account.routes, routerOf("root", "/").routes];
    const asked = ["/account", "/Account/email", "/account/", "/sign-up/x", "/accounts", "/"];
    const answers = await Promise.all(asked.map((path) => answering(all, path)));
    expect(answers).toEqual(["account", "account", "account", "account", undefined, "root"]);
  });

  it("is asked nothing where none of its routes can be", async () => {
    const { routes, matched } = routerOf("account", "/account", "/account/:what");
    expect(await answering([routes], "/interaction/abc")).toBeUndefined();
    expect(matched).toEqual([]);
    await answering([routes], "/account/abc");
    expect(matched).toEqual(["/account/abc"]);
  });

  it.each([["/:any"], ["/(.*)"], [/^\/x/]])("is asked always with the route %s", async (path) => {
    const router = new Router();
    // A pattern of another age is no path of this router's: what it cannot know it leaves as it is.
    const layer = { path, methods: ["GET"] };
    router.stack.push(layer as never);
    const plain = router.routes() as unknown as Middleware;
    expect(reachedBySegment(plain)).toBe(plain);
    await Promise.resolve();
  });

  it("leaves what is no router as it is", () => {
    const plain: Middleware = (_ctx, next) => next();
    expect(reachedBySegment(plain)).toBe(plain);
  });
});
