/**
 * Proves that a guide of docs/integrators.md is true: starts a provider of its own on loopback with one client and one
 * person, then docs/try/NAME.sh, which installs the library in a temporary folder and starts the example; signs in through
 * it with a browser without JavaScript, and looks for the person's SIRET on the page that comes back.
 *
 *     node docs/try/try.ts authlib
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BrowserAgent } from "../../test/support/browser-agent.ts";
import { databases } from "../../test/support/databases.ts";
import { freePort } from "../../test/support/free-port.ts";
import { goodPassword, startTestProvider } from "../../test/support/test-provider.ts";
import { waitFor } from "../../test/support/wait-for.ts";

/** What each guide says its client must be registered as. */
const guides: Readonly<Record<string, { readonly redirect: string; readonly metadata?: object }>> =
  {
    "auth-js": { redirect: "/auth/callback/lopcommerce" },
    authlib: { redirect: "/callback" },
    "mod-auth-openidc": { redirect: "/callback" },
    "oauth2-proxy": { redirect: "/oauth2/callback", metadata: { id_token_claims: true } },
    spring: { redirect: "/login/oauth2/code/lopcommerce" },
  };

const email = "integration@partenaire.test";
const siret = "13002526500013";
const name = process.argv[2] ?? "";
const guide = guides[name];
const [sqlite] = databases;
if (!guide || !sqlite) throw new Error(`give one of ${Object.keys(guides).join(", ")}`);

const port = await freePort();
const folder = mkdtempSync(join(tmpdir(), `lopauth-try-${name}-`));
const provider = await startTestProvider(sqlite, {
  clients: {
    exemple: { redirect_uris: [`http://localhost:${port}${guide.redirect}`], ...guide.metadata },
  },
});
await provider.addAccount(email);
await provider.openAccess(email, siret);
const script = fileURLToPath(new URL(`${name}.sh`, import.meta.url));
const example = spawn("bash", ["-eu", script], {
  stdio: ["ignore", "inherit", "inherit"],
  detached: true,
  env: {
    ...process.env,
    ISSUER: provider.issuer,
    CLIENT_ID: "exemple",
    CLIENT_SECRET: provider.clientSecret,
    PORT: String(port),
    FOLDER: process.env["TRY_FOLDER"] ?? folder,
  },
});
try {
  const listening = () =>
    fetch(`http://localhost:${port}/`, { redirect: "manual" }).catch(() => undefined);
  await waitFor(`${name} to listen`, listening, 600);
  const browser = new BrowserAgent();
  await browser.open(`http://localhost:${port}/`);
  // Auth.js and oauth2-proxy show a page of their own first.
  if (browser.page.find("input[name=password]") === undefined) await browser.submit();
  await browser.fill({ email, password: goodPassword }).submit();
  const seen = browser.page.html;
  if (!seen.includes(siret)) throw new Error(`${name}: no SIRET on ${browser.page.describe()}`);
  console.info(`${name}: signed in, and the page says ${siret}`);
} finally {
  if (example.pid !== undefined && example.exitCode === null) process.kill(-example.pid);
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
}
