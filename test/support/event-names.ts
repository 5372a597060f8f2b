import { globSync, readFileSync } from "node:fs";
import type { EventName } from "../../src/operations/index.ts";

/** Every security event, as the rooms declare them beside what opens them: known before a house is open. */
export const eventNames: readonly EventName[] = globSync("src/*/open.ts")
  .map((file) => readFileSync(file, "utf8"))
  .flatMap((text) => {
    const [, list = ""] = /const \w+Events = \[([^\]]*)\] as const;/.exec(text) ?? [];
    return [...list.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name as EventName);
  });
