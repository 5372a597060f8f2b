import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { thisBuild } from "../../src/storage/index.ts";
import { isBuildSince } from "../../src/storage/builds.ts";

interface Release {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly operators: readonly string[];
}

const releases = JSON.parse(readFileSync("docs/releases.json", "utf8")) as Release[];
const changelog = readFileSync("CHANGELOG.md", "utf8");

describe("the releases on record", () => {
  it.each(releases)(
    "$version names its commit, its day and what an operator must do",
    (release) => {
      expect(release.commit).toMatch(/^[0-9a-f]{40}$/);
      expect(release.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(release.operators.length).toBeGreaterThan(0);
      expect(changelog).toContain(`\n## ${release.version} - ${release.date}\n`);
    },
  );

  it("follow one another, and this build follows the newest", () => {
    const versions = releases.map(({ version }) => version);
    for (const [index, version] of [...versions, thisBuild].entries()) {
      const before = versions[index - 1];
      if (before === undefined) continue;
      expect([before, version, isBuildSince(version, before) && version !== before]).toEqual([
        before,
        version,
        true,
      ]);
    }
  });
});
