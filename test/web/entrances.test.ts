import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { leadsOn } from "../../src/web/entrances.ts";
import { type Served, serve } from "./serve.ts";

describe("an address that leads on", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(leadsOn({ "/": "https://portal.test/", "/old": "/new" }));
  });
  afterAll(() => served.close());

  const ask = async (path: string, method = "GET") => {
    const { status, headers } = await fetch(served.url + path, { method, redirect: "manual" });
    return [status, headers.get("location")];
  };

  it("answers 303, to who looks at it", async () => {
    expect(await ask("/")).toEqual([303, "https://portal.test/"]);
    expect(await ask("/old", "HEAD")).toEqual([303, "/new"]);
  });

  it("is no other address, and no form", async () => {
    expect(await ask("/older")).toEqual([404, null]);
    expect(await ask("/constructor")).toEqual([404, null]);
    expect(await ask("/old", "POST")).toEqual([404, null]);
  });
});
