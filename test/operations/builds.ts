import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A build that can be run: its sources and its dependencies in one folder. */
export interface Build {
  readonly version: string;
  readonly folder: string;
  readonly remove: () => void;
}

/** What `docs/releases.json` says of a release. */
interface Release {
  readonly version: string;
  readonly commit: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** This very checkout. */
export const thisCheckout: Build = {
  version: versionIn(root),
  folder: root,
  remove: () => undefined,
};

/**
 * A release on record, checked out in a folder of its own with its own dependencies.
 * @param version the newest one unless told
 * @throws Error when it is not on record, or this clone does not hold its commit
 */
export function releasedBuild(version?: string): Build {
  const releases = JSON.parse(
    readFileSync(join(root, "docs/releases.json"), "utf8"),
  ) as readonly Release[];
  const release =
    version === undefined ? releases.at(-1) : releases.find((each) => each.version === version);
  if (!release) throw new Error(`docs/releases.json has no release ${version ?? "at all"}`);
  const folder = mkdtempSync(join(tmpdir(), `lopauth-${release.version}-`));
  try {
    const archive = execFileSync("git", ["archive", release.commit], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["--extract", "--directory", folder], { input: archive });
    installDependencies(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the release ${release.version} (${release.commit}) cannot be built`, {
      cause: error,
    });
  }
  return {
    version: release.version,
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The same lock file means the same dependencies: ours serve. */
function installDependencies(folder: string): void {
  if (existsSync(join(root, "node_modules")) && lockOf(folder) === lockOf(root)) {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    return;
  }
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "ignore" });
}

/** What is installed, whatever the version of the whole. */
function lockOf(folder: string): string {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, object>;
  };
  return JSON.stringify({ ...packages, "": { ...packages[""], version: "" } });
}

function versionIn(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
