import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { outliveReader } from "../../src/operations/unread-log.ts";

describe("a log that nobody reads any more", () => {
  /** What is written, to somebody who is gone. */
  const unread = (told: string[] = [], code = "EPIPE") =>
    new Writable({
      autoDestroy: false,
      write: (line, _encoding, done) => {
        told.push(String(line));
        done(Object.assign(new Error(`write ${code}`), { code }));
      },
    });

  it.each([
    ["EPIPE", "nobody reads the log any more"],
    ["ENOSPC", "the log is not taken"],
  ])(
    "ends nothing by %s, and is told of once, though nobody may read that either",
    async (code, why) => {
      const told: string[] = [];
      const log = unread([], code);
      outliveReader(log, unread(told));
      for (const line of ["listening", "stopped"]) {
        log.write(line);
        await turn();
      }
      expect(told).toEqual([`${why} (${code}): this process goes on\n`]);
    },
  );
});
