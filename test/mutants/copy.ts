import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What tests neither read nor need. */
const left = new Set([".git", "var", "coverage"]);

/**
 * A copy of the project by hard links, on the disk that the project is on where that is the temporary folder's too.
 * @returns its folder, which the caller removes
 */
export function copyOf(root: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  const parts = readdirSync(root).filter((name) => !left.has(name));
  const sources = parts.map((name) => join(root, name));
  try {
    execFileSync("cp", ["-al", ...sources, folder], { stdio: "ignore" });
  } catch {
    // Another disk: bytes, then.
    execFileSync("cp", ["-a", ...sources, folder]);
  }
  return folder;
}
