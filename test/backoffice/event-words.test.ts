import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { eventNames } from "../../src/operations/events.ts";

describe.each(["fr", "en"])("the words of the back office in %s", (locale) => {
  const words = JSON.parse(readFileSync(`views/backoffice/words.${locale}.json`, "utf8")) as Record<
    string,
    string
  >;

  it("have a name for every event: a page of the audit stops at one without", () => {
    expect(eventNames.filter((name) => words[`event.${name}`] === undefined)).toEqual([]);
  });
});
