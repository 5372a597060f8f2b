import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";

/**
 * The rules of the house that a program can hold: who may import whom, one door a room, SQL only in
 * stores, time and chance in one file each. The floors, lowest first; a room imports only from below.
 */
const floors = [
  ["foundation"],
  ["spreadsheets", "fast-lane"],
  ["storage", "operations"],
  ["secrets", "telemetry"],
  ["house"],
  ["audit", "outbox"],
  ["artifacts", "mail", "web"],
  ["accounts", "clients"],
  ["establishments", "second-factors"],
  ["organisations"],
  ["provider"],
  ["api", "webhooks", "signals"],
  ["backoffice"],
  ["application"],
  ["examination"],
  ["server"],
  ["command-line"],
  ["portal", "stand-ins"],
  ["main", "cli", "development"],
];

/** What stands beside `src`, by name. */
const laidOut = [
  [
    "CHANGELOG.md",
    "README.md",
    "SECURITY.md",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
  ],
  ["bench", "config", "deploy", "docs", "findings", "migrations", "src", "test", "views"],
]
  .flat()
  .sort();

const root = resolve("src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

const roomOf = (name: string) =>
  (name.includes("/") ? name.split("/")[0] : name.slice(0, -3)) ?? "";
const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));
const importsOf = (text: string) =>
  [...text.matchAll(/from "(\.[^"]+)"/g)].map((found) => found[1] ?? "");

/** Where an import of a file leads, as a path under src. */
const target = (name: string, specifier: string) =>
  relative(root, resolve(root, dirname(name), specifier));

describe("the house", () => {
  it("knows the floor of every room: a new one stands in `floors`, above", () => {
    const unknown = files.map(({ name }) => roomOf(name)).filter((room) => floorOf(room) < 0);
    expect([...new Set(unknown)]).toEqual([]);
  });

  it("stands in the README as it is: its tree has a line of every room", () => {
    const [, tree = ""] =
      /\nsrc\/ [^\n]*\n([\s\S]*?)\nviews\//.exec(readFileSync("README.md", "utf8")) ?? [];
    const rooms = files.map(({ name }) => name).filter((name) => name.includes("/"));
    const named = [...tree.matchAll(/(?<= )([a-z-]+)\/(?= )/g)].map(([, room]) => room);
    expect([...named].sort()).toEqual([...new Set(rooms.map(roomOf))].sort());
  });

  it("imports down only, never up and never from a neighbour", () => {
    const wrong = files.flatMap(({ name, text }) =>
      importsOf(text)
        .map((specifier) => ({
          from: roomOf(name),
          to: roomOf(target(name, specifier)),
          name,
          specifier,
        }))
        .filter(
          ({ from, to }) => from !== to && floorOf(from) >= 0 && floorOf(to) >= floorOf(from),
        ),
    );
    expect(wrong).toEqual([]);
  });

  it("has no circle of files, imports of types included", () => {
    const known = new Set(files.map(({ name }) => name));
    const led = new Map(
      files.map(({ name, text }) => [
        name,
        importsOf(text)
          .map((specifier) => target(name, specifier))
          .filter((path) => known.has(path)),
      ]),
    );
    // What leads to no file that is left stands in no circle.
    for (let before = Infinity; led.size < before;) {
      before = led.size;
      for (const [name, paths] of led) if (!paths.some((path) => led.has(path))) led.delete(name);
    }
    const inCircles = [...led].filter(([name]) => leadsBack(name, led)).map(([name]) => name);
    expect(inCircles).toEqual([]);
  });

  it("keeps what a page is given, and which events there are, in the room whose they are", () => {
    const wrong = files.flatMap(({ name, text }) => {
      const [, registry = "", ...pages] = [
        ...(/declare module "(\.[^"]+)"/.exec(text) ?? []),
        ...[...text.matchAll(/^ {4}readonly "([a-z-]+\/[a-z-]+)":/gm)].map(
          (found) => found[1] ?? "",
        ),
      ];
      const strange = pages.filter((page) => roomOf(page) !== roomOf(name));
      const isEvents = registry !== "" && target(name, registry) === "operations/events.ts";
      if (isEvents) return addsOwnEvents(name, text) ? [] : [`${name}: ${registry}`];
      const isRegistry = registry === "" || target(name, registry) === "web/page-models.ts";
      return [...strange, ...(isRegistry ? [] : [registry])].map((what) => `${name}: ${what}`);
    });
    expect(wrong).toEqual([]);
    expect(files.filter(({ text }) => text.includes('declare module ".')).length).toBeGreaterThan(
      10,
    );
  });

  it("enters a room by its door alone", () => {
    const wrong = files.flatMap(({ name, text }) =>
      importsOf(text)
        .map((specifier) => target(name, specifier))
        .filter(
          (path) =>
            path.includes("/") &&
            path !== "../package.json" &&
            roomOf(path) !== roomOf(name) &&
            !path.endsWith("/index.ts"),
        )
        .map((path) => `${name} → ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it("shows at each door what another room uses, and nothing else", () => {
    const used = new Set(files.flatMap(({ name, text }) => namesUsed(name, text)));
    const doors = files.filter(({ name }) => name.endsWith("/index.ts"));
    const unused = doors.flatMap(({ name, text }) =>
      [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)]
        .flatMap((found) => namesIn(found[1]))
        .map((each) => `${name} ${each}`)
        .filter((each) => !used.has(each)),
    );
    expect(unused).toEqual([]);
  });

  it("opens each door with a comment of 3 to 10 lines, and re-exports by name", () => {
    for (const { name, text } of files.filter(({ name }) => name.endsWith("/index.ts"))) {
      const comment = /^\/\*\*\n([\s\S]*?) \*\//.exec(text)?.[1] ?? "";
      const lines = comment.split("\n").length - 1;
      expect({ name, lines, fits: lines >= 3 && lines <= 10 }).toEqual({ name, lines, fits: true });
      expect({ name, star: text.includes("export *") }).toEqual({ name, star: false });
    }
  });

  it("keeps SQL in stores", () => {
    const speaksSql =
      /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.+\b(FROM|SET|VALUES|WHERE)\b|\.raw\(|knex\(/;
    const isStore =
      /(-store|-schema|-statements|-removals|-connection)\.ts$|^storage\/|^artifacts\//;
    const wrong = files
      .filter(({ name, text }) => !isStore.test(name) && speaksSql.test(withoutComments(text)))
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it("reads the environment at its entries alone", () => {
    const entries = ["main.ts", "cli.ts", "development.ts", "command-line/"];
    const wrong = files
      .filter(
        ({ name, text }) =>
          withoutComments(text).includes("process.env") &&
          !entries.some((entry) => name.startsWith(entry)),
      )
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it("keeps the portal a stranger: it imports nothing of ours", () => {
    const portal = files.filter(({ name }) => name.startsWith("portal/"));
    expect(portal.length).toBeGreaterThan(0);
    const wrong = portal.flatMap(({ name, text }) =>
      importsOf(text)
        .map((specifier) => target(name, specifier))
        .filter((path) => !path.startsWith("portal/")),
    );
    expect(wrong).toEqual([]);
  });

  it("has no name that says nothing", () => {
    const vague = /(^|[/-])(utils?|helpers?|manager|service|common|misc)(\.ts$|\/)/;
    expect(files.map(({ name }) => name).filter((name) => vague.test(name))).toEqual([]);
  });

  it("wires in a few lines: what stands beside the rooms only opens, serves and stops them", () => {
    const beside = files.filter(({ name }) => !name.includes("/"));
    const lines = (some: typeof files) =>
      some.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
    const application = beside.filter(({ name }) => name === "application.ts");
    expect(lines(application)).toBeGreaterThan(0);
    expect(lines(application)).toBeLessThanOrEqual(80);
    expect(lines(beside)).toBeLessThanOrEqual(500);
  });

  it("holds at its top what was laid out, and nothing that a measurement left behind", () => {
    const ignored = readFileSync(".gitignore", "utf8").trim().split("\n");
    const isIgnored = (name: string) =>
      ignored.some(
        (line) =>
          line.replace(/\/$/, "") === name || (line[0] === "*" && name.endsWith(line.slice(1))),
      );
    const found = readdirSync(".").filter((name) => name[0] !== "." && !isIgnored(name));
    expect(found.sort()).toEqual(laidOut);
  });

  it("keeps files short enough to be one idea", () => {
    const long = files.filter(({ text }) => text.split("\n").length > 250).map(({ name }) => name);
    expect(long).toEqual([]);
  });
});

/** Whether what a room adds to the events is named after it, and nothing else. */
function addsOwnEvents(name: string, text: string): boolean {
  const [, own = ""] =
    /interface RoomEvents \{\n\s+readonly "?([a-z-]+)"?: [^;]+;\n\s+\}/.exec(text) ?? [];
  return name === `${own}/open.ts`;
}

/** `FILE NAME` of what a file takes from others, at once or when it needs it. */
function namesUsed(name: string, text: string): string[] {
  const taken = [
    ...text.matchAll(/import (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g),
    ...text.matchAll(/\{([^{}]*)\}\s*=\s*await import\(\s*"(\.[^"]+)"/g),
  ];
  return taken.flatMap(([, names, specifier = ""]) =>
    namesIn(names).map((each) => `${target(name, specifier)} ${each}`),
  );
}

/** The names of a list in braces, as whoever exported them calls them. */
function namesIn(list = ""): string[] {
  return list
    .split(",")
    .map(
      (each) =>
        each
          .trim()
          .replace(/^type /, "")
          .split(/ as |:/)[0] ?? "",
    )
    .filter((each) => each !== "");
}

/** Whether the imports of a file lead, over others, to itself. */
function leadsBack(start: string, led: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [...(led.get(start) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === start) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(led.get(name) ?? []));
  }
  return false;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
}
