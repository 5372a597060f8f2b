import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { eventNames } from "../support/event-names.ts";

describe("docs/audit.md", () => {
  it("names each security event that a room records, and no other", () => {
    const [, chapter = ""] = readFileSync("docs/audit.md", "utf8").split(
      "\n## Which events there are\n",
    );
    const named = [...chapter.matchAll(/`([a-z-]+)` \(/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...eventNames].toSorted());
  });
});
