import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

interface Installed {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
}

const { packages } = JSON.parse(read("package-lock.json")) as {
  packages: Readonly<Record<string, Installed>>;
};
const { dependencies } = JSON.parse(read("package.json")) as {
  dependencies: Readonly<Record<string, string>>;
};
const page = read("docs/supply.md");
const inProduction = Object.entries(packages).filter(
  ([path, { dev }]) => path.startsWith("node_modules/") && dev !== true,
);

describe("what production installs", () => {
  it("is listed by name, version and licence", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` +\| (\S+) +\| (\S+) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, ...cells]) => cells.slice(0, 3))).toEqual(
      Object.keys(dependencies).map((name) => {
        const { version, license } = packages[`node_modules/${name}`] ?? {};
        return [name, version, license];
      }),
    );
  });

  it("has licences that were read", () => {
    const [, list = ""] = /the licence is one of: ([^.]+(?:\.\d[^.]*)*)\./.exec(page) ?? [];
    const accepted = new Set(list.split(",").map((each) => each.trim().split(" ")[0]));
    const odd = inProduction.filter(([, { license = "none" }]) => {
      const choices = license.replaceAll(/[()]/g, "").split(" OR ");
      return !choices.some((choice) => accepted.has(choice));
    });
    expect(odd.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
    expect(accepted.size).toBeGreaterThan(5);
  });

  it("is pinned by a digest", () => {
    const loose = inProduction.filter(([, { integrity }]) => integrity === undefined);
    expect(loose.map(([path]) => path)).toEqual([]);
  });
});
