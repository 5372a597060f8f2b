import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { wholeFile } from "../../src/storage/index.ts";

/** What a process does that is killed while it writes. */
const program = `
  import { writeFileSync } from "node:fs";
  import { wholeFile } from "./src/storage/whole-file.ts";
  await wholeFile(process.argv[1], async (part) => {
    writeFileSync(part, "half of it");
    process.stdout.write("half");
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  });
`;

describe("a file that is made whole", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lopauth-whole-"));
    path = join(folder, "copy");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (text: string) => (part: string) => {
    writeFileSync(part, text);
    return Promise.resolve(text.length);
  };
  const read = () => readFileSync(path, "utf8");

  it("has its name once it is written, for its owner alone, and leaves no other", async () => {
    let before: string[] = [];
    await wholeFile(path, async (part) => {
      await written("all of it")(part);
      before = readdirSync(folder);
    });
    expect([before, readdirSync(folder)]).toEqual([["copy.part"], ["copy"]]);
    expect([read(), statSync(path).mode & 0o777]).toEqual(["all of it", 0o600]);
  });

  it("is not there where its process was killed, and is made by the next one", async () => {
    const words = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program];
    const child = spawn(process.execPath, [...words, path]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readdirSync(folder)).toEqual(["copy.part"]);
    expect(await wholeFile(path, written("again"))).toBe(5);
    expect([read(), readdirSync(folder)]).toEqual(["again", ["copy"]]);
  });

  it("is not there, nor anything else, where it could not be written", async () => {
    const fails = wholeFile(path, () => Promise.reject(new Error("the disk is full")));
    await expect(fails).rejects.toThrow("the disk is full");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes the place of no other, one that has appeared meanwhile neither", async () => {
    writeFileSync(path, "another's");
    const there = { code: "EEXIST" };
    await expect(wholeFile(path, written("ours"))).rejects.toMatchObject(there);
    rmSync(path);
    const late = wholeFile(path, (part) => {
      writeFileSync(path, "another's");
      return written("ours")(part);
    });
    await expect(late).rejects.toMatchObject(there);
    expect([read(), readdirSync(folder)]).toEqual(["another's", ["copy"]]);
  });
});
