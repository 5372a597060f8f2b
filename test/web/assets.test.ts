import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Served, assets, serve } from "./serve.ts";

let served: Served;
beforeAll(async () => {
  served = await serve(assets.middleware);
});
afterAll(() => served.close());

describe("an asset", () => {
  it.each([
    ["style.css", "text/css; charset=utf-8"],
    ["enhance.js", "text/javascript; charset=utf-8"],
    ["mark.svg", "image/svg+xml"],
  ])("%s is kept for a year under an address that holds its digest", async (name, type) => {
    const { status, headers } = await fetch(served.url + assets.url(name));
    expect(assets.url(name)).toMatch(/^\/assets\/\w+\.[\w-]{12}\.\w+$/);
    expect([status, headers.get("content-type")]).toEqual([200, type]);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("is not sent again to who has it", async () => {
    const address = served.url + assets.url("style.css");
    const etag = (await fetch(address)).headers.get("etag") ?? "";
    // Without it, `fetch` would add "no-cache", and that asks for the whole file.
    const headers = { "if-none-match": etag, "cache-control": "max-age=0" };
    const again = await fetch(address, { headers });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it.each(["/assets/style.css", "/assets/../layout.ejs", "/assets/", "/assets/%2e%2e/layout.ejs"])(
    "is not found at %s",
    async (path) => {
      expect((await fetch(served.url + path)).status).toBe(404);
    },
  );

  it("of another build is answered by the one of its name here, and kept by nobody", async () => {
    const { status, headers } = await fetch(`${served.url}/assets/style.0ld-digest_x.css`);
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      200,
      "text/css; charset=utf-8",
      "no-store",
    ]);
    for (const name of ["gone.0ld-digest_x.css", "style.0ld-digest_x.js", "style.0ld.css"])
      expect((await fetch(`${served.url}/assets/${name}`)).status).toBe(404);
  });

  it("is only read", async () => {
    const response = await fetch(served.url + assets.url("style.css"), { method: "POST" });
    expect(response.status).toBe(404);
  });

  it("is asked for by a name that exists", () => {
    expect(() => assets.url("missing.css")).toThrow("no asset named missing.css");
  });
});
