import { describe, expect, it } from "@jest/globals";
import { eventNames } from "../support/event-names.ts";
import { sentencesOf } from "../support/sentences.ts";

describe.each(["fr", "en"])("the words of the back office in %s", (locale) => {
  const words = sentencesOf(locale);

  it("have a name for every event: a page of the audit stops at one without", () => {
    // `event.NAME` in the words of its room, or in views/backoffice.
    expect(eventNames.filter((name) => !/^\p{Lu}/u.test(words[`event.${name}`] ?? ""))).toEqual([]);
  });
});
