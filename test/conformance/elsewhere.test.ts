import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { elsewhere } from "./plans.ts";

describe.each(Object.entries(elsewhere))("OpenID Foundation conformance, %s", (_plan, modules) => {
  it.each(Object.entries(modules))("%s has its test, or the reason why not", (_module, cover) => {
    if ("because" in cover) {
      expect(cover.because.length).toBeGreaterThan(30);
      return;
    }
    const [file, test] = cover;
    expect(readFileSync(file, "utf8")).toContain(test);
  });
});
