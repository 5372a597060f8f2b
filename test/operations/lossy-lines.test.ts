import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "@jest/globals";
import { createLogger } from "../../src/operations/index.ts";
import { type LineStream, lossyLines } from "../../src/operations/lossy-lines.ts";

/** What a process of its own does with a logger on its standard output; it tells on the other one that it lives. */
const program = `
  import { createLogger } from "./src/operations/index.ts";
  import { systemClock } from "./src/foundation/index.ts";
  const logger = createLogger({ level: "info", format: "json", clock: systemClock });
  for (let line = 0; line < 20; line += 1) {
    logger.info({}, "a line");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.stderr.write("it lives");
`;

describe("a log that is not taken", () => {
  const run = async (output: number | "pipe") => {
    const words = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program];
    const child = spawn(process.execPath, words, { stdio: ["ignore", output, "pipe"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // Its reader is gone, or it has none.
    child.stdout?.destroy();
    return { said: await text(child.stderr as never), exitCode: await ended };
  };

  it("for nobody reads it any more ends no process", async () => {
    expect(await run("pipe")).toEqual({ said: "it lives", exitCode: 0 });
  });

  (existsSync("/dev/full") ? it : it.skip)("for its disk is full, neither", async () => {
    const full = openSync("/dev/full", "w");
    const told = await run(full);
    closeSync(full);
    expect(told).toEqual({ said: "it lives", exitCode: 0 });
  });

  it("is told of with the first line that is", async () => {
    const taken: string[] = [];
    let isFull = true;
    const stream: LineStream = {
      on: () => undefined,
      write: (line, done) => {
        if (!isFull) taken.push(line);
        setImmediate(() => done(isFull ? new Error("ENOSPC") : null));
      },
    };
    const counts: number[] = [];
    const destination = lossyLines(stream, (lines) => counts.push(lines));
    const clock = { epochMilliseconds: () => 0, epochSeconds: () => 0 };
    const logger = createLogger({ level: "info", format: "json", clock, destination });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    for (const message of ["one", "two"]) {
      logger.info({}, message);
      await settled();
    }
    isFull = false;
    for (const message of ["three", "four"]) {
      logger.info({}, message);
      await settled();
    }
    const messages = taken.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(["three", "four"]);
    expect(counts).toEqual([2]);
  });
});
