/**
 * The morning of a correspondent with two hundred partners, by keyboard alone in Chromium, on a release on record and on
 * this build: `node test/operations/morning.ts [VERSION]` prints the keys that each part takes on both. The release runs
 * from a folder of its own, started by its own test support, on SQLite.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launchChromium } from "../support/chromium.ts";
import type * as databases from "../support/databases.ts";
import { type Keystrokes, doMorning } from "../support/morning/morning.ts";
import { parts, todaysWay, wayOf020 } from "../support/morning/ways.ts";
import type * as staff from "../support/staff.ts";
import type * as testProvider from "../support/test-provider.ts";
import { testEncryptionKey } from "../support/signing-keys.ts";
import { type Build, releasedBuild, thisCheckout } from "./builds.ts";
import { lopauth } from "./node-process.ts";

const browser = await launchChromium();
const release = releasedBuild(process.argv[2] ?? "0.2.0");
try {
  const before = await morningOn(release);
  const now = await morningOn(thisCheckout);
  const row = (name: string, keys: (of: Keystrokes) => number) =>
    `| ${[name, String(keys(before)), String(keys(now))].join(" | ")} |\n`;
  process.stdout.write(
    `| keys | ${release.version} | ${thisCheckout.version} |\n| --- | --- | --- |\n`,
  );
  for (const part of parts) process.stdout.write(row(part, (of) => of[part]));
  process.stdout.write(
    row("all four, keys", (of) => parts.reduce((sum, part) => sum + of[part], 0)),
  );
} finally {
  await browser.close();
  release.remove();
}

async function morningOn(build: Build): Promise<Keystrokes> {
  // Test support reads some files from where it is started.
  process.chdir(build.folder);
  const from = async <Module>(path: string) =>
    (await import(pathToFileURL(join(build.folder, "test/support", path)).href)) as Module;
  const { databases: kinds } = await from<typeof databases>("databases.ts");
  const { startTestProvider } = await from<typeof testProvider>("test-provider.ts");
  const { holdSecondFactor, markSecondFactor } = await from<
    Partial<typeof staff> & Pick<typeof staff, "markSecondFactor">
  >("staff.ts");
  const [kind] = kinds;
  if (!kind) throw new Error("no database at hand");
  const provider = await startTestProvider(kind);
  try {
    return await doMorning(browser, {
      provider,
      way: build === release ? wayOf020 : todaysWay,
      markSecondFactor: async (sub, cookies) => {
        // A release before it was asked of staff has none to hold.
        await holdSecondFactor?.(provider, { sub });
        await markSecondFactor(provider, cookies);
      },
      inTerminal: async ({ withoutTelephone }) => {
        if (build !== release) return;
        const environment = {
          ...{ DATABASE_URL: provider.databaseUrl, ISSUER: provider.issuer },
          ...{
            ENCRYPTION_KEYS: testEncryptionKey,
            COOKIE_KEYS: randomBytes(32).toString("base64url"),
          },
        };
        await lopauth(build, environment, "account", "reset-second-factor", withoutTelephone);
      },
    });
  } finally {
    await provider.stop();
  }
}
