import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../foundation/index.ts";
import type { Environment } from "./setting-files.ts";

const names = ["COOKIE_KEYS", "ENCRYPTION_KEYS", "PORTAL_CLIENT_SECRET", "STAFF_PASSWORD"] as const;

/**
 * The secrets of a developer's machine: made once, kept in `folder` (both open to their owner alone),
 * so that sessions survive a restart. Never asked in production, where secrets have no default.
 */
export function developmentSecrets(folder: string, random: Random): Environment {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // It is ours alone: builds until 0.2.0 let others look into it.
  chmodSync(folder, 0o700);
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name.toLowerCase().replaceAll("_", "-"));
      try {
        // "wx" decides between two processes that start at once: the second reads the first's.
        writeFileSync(path, random.secret(), { flag: "wx", mode: 0o600 });
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
      return [name, readFileSync(path, "utf8")];
    }),
  );
}
