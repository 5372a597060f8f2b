import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeWholeFile } from "../../src/storage/whole-file.ts";

describe("A file that is whole or not there", () => {
  let folder: string;
  const pathOf = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-whole-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is its owner's alone, and has its name once it is written", async () => {
    const made = await makeWholeFile(pathOf("made"), async (unfinished) => {
      await appendFile(unfinished, "all of it");
      expect(readdirSync(folder)).toEqual([unfinished.slice(folder.length + 1)]);
      return "written";
    });
    expect(made).toEqual({ accepted: true, value: "written" });
    expect(readdirSync(folder)).toEqual(["made"]);
    expect(readFileSync(pathOf("made"), "utf8")).toBe("all of it");
    expect(statSync(pathOf("made")).mode & 0o777).toBe(0o600);
  });

  it("overwrites nothing, also not what appears meanwhile", async () => {
    const refusal = { accepted: false, problems: [{ reason: "file-exists" }] };
    writeFileSync(pathOf("kept"), "kept");
    const before = await makeWholeFile(pathOf("kept"), () => Promise.reject(new Error("asked")));
    expect(before).toEqual(refusal);
    const meanwhile = await makeWholeFile(pathOf("other"), async (unfinished) => {
      await appendFile(unfinished, "ours");
      writeFileSync(pathOf("other"), "theirs");
    });
    expect(meanwhile).toEqual(refusal);
    expect(readFileSync(pathOf("other"), "utf8")).toBe("theirs");
    expect(readdirSync(folder)).toEqual(["kept", "other"]);
  });

  it("says where none can be made, and leaves nothing of what failed", async () => {
    const nowhere = await makeWholeFile(pathOf("no/where"), () => Promise.resolve());
    expect(nowhere).toMatchObject({ problems: [{ reason: "folder-missing" }] });
    const full = () => Promise.reject(new Error("the disk is full"));
    await expect(makeWholeFile(pathOf("half"), full)).rejects.toThrow("the disk is full");
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("leaves nothing behind %s", async (signal) => {
    const child = await writing(pathOf("half"));
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([null, signal]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("has no half under its name when its maker is killed", async () => {
    const child = await writing(pathOf("half"));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^half\.unfinished-\d+$/)]);
  });
});

/** A process that has written half of a file, and goes on for ever. */
async function writing(path: string): Promise<ChildProcess> {
  const program = `
    import { writeFileSync } from "node:fs";
    import { makeWholeFile } from ${JSON.stringify(resolve("src/storage/whole-file.ts"))};
    await makeWholeFile(${JSON.stringify(path)}, async (unfinished) => {
      writeFileSync(unfinished, "half");
      process.stdout.write("half");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
