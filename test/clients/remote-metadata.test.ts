import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { LogoStore } from "../../src/clients/logo-store.ts";
import { createLogos } from "../../src/clients/logos.ts";
import { createRemoteProblems } from "../../src/clients/remote-metadata.ts";
import { createSectors } from "../../src/clients/sectors.ts";
import { silentLogger } from "../../src/operations/index.ts";
import { type Database, openDatabase } from "../../src/storage/index.ts";
import { type TestDatabase, databases, migrated } from "../support/databases.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const one = "https://one.example/callback";
const two = "https://two.example/callback";
const sector = "https://sector.example/list.json";
const logo = "https://one.example/logo.png";

describe.each(databases)("what a client's metadata name elsewhere, on $name", ({ create }) => {
  let place: TestDatabase;
  let database: Database;
  let store: LogoStore;
  let now = 1_800_000_000;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
  let answer: () => Response;
  const called: string[] = [];
  const call = (input: string | URL | Request) => {
    called.push(input instanceof Request ? input.url : String(input));
    return Promise.resolve(answer());
  };
  const made = () => ({
    sectors: createSectors({ call, clock }),
    logos: createLogos({ call, clock, logger: silentLogger, store }),
  });

  beforeAll(async () => {
    place = await create(migrated);
    database = openDatabase(place.url);
    store = new LogoStore(database.knex);
  });
  beforeEach(async () => {
    called.length = 0;
    await store.keepOnly([]);
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  describe("a sector", () => {
    const client = { sector_identifier_uri: sector, redirect_uris: [one, two] };

    it.each([
      [
        "a list of all its redirect URIs, and others",
        () => Response.json([two, one, "x"]),
        undefined,
      ],
      [
        "a list without one",
        () => Response.json([one]),
        `must list every redirect URI of the client: ${two}`,
      ],
      [
        "no list",
        () => Response.json({ redirect_uris: [one, two] }),
        "must answer with a JSON array",
      ],
      ["a list of others", () => Response.json([one, two, 3]), "must answer with a JSON array"],
      ["no JSON", () => new Response("<html>"), "must answer with a JSON array"],
      ["a redirect", () => new Response("", { status: 302 }), "must answer 200, not 302"],
      ["too much", () => new Response("x".repeat(102_401)), "must answer with 100 kB at most"],
      [
        "nothing",
        () => {
          throw new TypeError("failed", { cause: { code: "ECONNREFUSED" } });
        },
        "must answer at once: ECONNREFUSED",
      ],
    ])("that answers %s", async (_what, answering, rule) => {
      answer = answering;
      const problem = await made().sectors.problem(client);
      expect(problem ?? "good").toContain(rule ?? "good");
    });

    it("that failed is not called again for a minute, by whomever it is asked", async () => {
      answer = () => new Response("", { status: 500 });
      const { sectors } = made();
      for (let asked = 0; asked < 20; asked += 1) {
        expect(await sectors.problem(client)).toBe("must answer 200, not 500");
      }
      expect(called).toEqual([sector]);
      answer = () => Response.json([one, two]);
      now += 59;
      expect(await sectors.problem(client)).toBe("must answer 200, not 500");
      now += 1;
      expect(await sectors.problem(client)).toBeUndefined();
      expect(called).toEqual([sector, sector]);
    });

    it("is called for nobody who names none", async () => {
      expect(await made().sectors.problem({ redirect_uris: [one] })).toBeUndefined();
      expect(called).toEqual([]);
    });
  });

  describe("a logo", () => {
    it("is fetched once, and served from here under the digest of its content", async () => {
      answer = () => new Response(png);
      const { logos } = made();
      expect(await logos.problem({ logo_uri: logo })).toBeUndefined();
      const url = await logos.url({ logo_uri: logo });
      expect(url).toMatch(/^\/logos\/[\w-]{43}$/);
      const kept = await store.content(url?.slice(7) ?? "");
      expect(kept?.mediaType).toBe("image/png");
      expect(Buffer.compare(kept?.content ?? Buffer.alloc(0), png)).toBe(0);
      expect(called).toEqual([logo]);
    });

    it.each([
      ["an SVG", () => new Response("<svg xmlns='http://www.w3.org/2000/svg'/>"), "must be a PNG"],
      [
        "a page",
        () => new Response("<html>", { headers: { "content-type": "image/png" } }),
        "must be a PNG",
      ],
      [
        "too much",
        () => new Response(Buffer.concat([png, Buffer.alloc(204_800)])),
        "200 kB at most",
      ],
      ["nothing there", () => new Response("", { status: 404 }), "must answer 200, not 404"],
    ])("that is %s is refused with a reason, and not shown", async (_what, answering, rule) => {
      answer = answering;
      const { logos } = made();
      expect(await logos.problem({ logo_uri: logo })).toContain(rule);
      expect(await logos.url({ logo_uri: logo })).toBeUndefined();
    });

    it("of a declared client is followed: fetched, tried again after an hour, forgotten with it", async () => {
      const { logos } = made();
      answer = () => new Response("", { status: 500 });
      await logos.follow([{ logo_uri: logo }, {}]);
      expect((await store.known(logo))?.problem).toBe("must answer 200, not 500");
      answer = () => new Response(png);
      now += 3599;
      await logos.follow([{ logo_uri: logo }]);
      expect(called).toHaveLength(1);
      now += 1;
      await logos.follow([{ logo_uri: logo }]);
      expect(await logos.url({ logo_uri: logo })).toBeDefined();
      // What cannot be fetched any more is shown as it was.
      answer = () => new Response("", { status: 500 });
      now += 7 * 86_400;
      await logos.follow([{ logo_uri: logo }]);
      expect(called).toHaveLength(3);
      expect(await logos.url({ logo_uri: logo })).toBeDefined();
      await logos.follow([]);
      expect(await store.list()).toEqual([]);
    });
  });

  it("is a problem of its field each", async () => {
    answer = () => new Response("", { status: 404 });
    const { sectors, logos } = made();
    const client = { sector_identifier_uri: sector, redirect_uris: [one], logo_uri: logo };
    const problems = await createRemoteProblems(sectors, logos)(client as never);
    expect(problems).toEqual([
      { path: ["sector_identifier_uri"], value: sector, rule: "must answer 200, not 404" },
      { path: ["logo_uri"], value: logo, rule: "must answer 200, not 404" },
    ]);
  });
});
