/**
 * Runs a stock client against this provider: starts a provider of its own on loopback with one client and one person, then
 * `docs/try/NAME.sh`, which installs the library in a temporary folder and starts its example; signs in through it and does
 * what else it can; writes what works into `docs/interoperability.md`. Ends with 1 when anything does not.
 *
 *     node test/long/stock-client.ts authlib
 *
 * `TRY_FOLDER` keeps what was installed, for the next run.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BrowserAgent } from "../support/browser-agent.ts";
import { launchChromium, newPerson } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { recordRun } from "./interoperability.ts";
import { startTlsFront } from "./tls-front.ts";
import { type StockClient, stockClients } from "./stock-clients.ts";

const email = "integration@partenaire.test";
const siret = "13002526500013";

const name = process.argv[2] ?? "";
const client = stockClients[name];
if (!client) throw new Error(`give one of ${Object.keys(stockClients).join(", ")}`);
const { version, works } = await runClient(client);
await recordRun(name, version, works);
console.info(`${name} ${version}: ${works.join(", ")}`);

async function runClient(stock: StockClient) {
  const { redirects, metadata, addresses = {}, needsTls, hears, acts } = stock;
  const port = await freePort();
  const home = `http://localhost:${port}/`;
  const made = mkdtempSync(join(tmpdir(), `lopauth-try-${name}-`));
  const folder = process.env["TRY_FOLDER"] ?? made;
  const front = needsTls ? await startTlsFront() : undefined;
  const provider = await startTestProvider(databases[0] as DatabaseKind, {
    environment: {
      ...(front && { ISSUER: front.origin, TRUSTED_PROXIES: "1" }),
      ...(hears && { SIGNALS: "on" }),
      PRIVATE_HOSTS: "localhost",
    },
    clients: {
      exemple: {
        redirect_uris: redirects.map((path) => new URL(path, home).href),
        post_logout_redirect_uris: [home],
        ...metadata,
        ...Object.fromEntries(
          Object.entries(addresses).map(([each, path]) => [each, new URL(path, home).href]),
        ),
      },
    },
  });
  front?.leadTo(new URL(provider.issuer).port);
  await provider.addAccount(email);
  await provider.openAccess(email, siret);
  const script = fileURLToPath(new URL(`../../docs/try/${name}.sh`, import.meta.url));
  const example = spawn("bash", ["-eu", script], {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      ISSUER: front?.origin ?? provider.issuer,
      CLIENT_ID: "exemple",
      CLIENT_SECRET: provider.clientSecret,
      PORT: String(port),
      OTHER_PORT: String(await freePort()),
      FOLDER: folder,
    },
  });
  try {
    const listening = () => {
      if (example.exitCode !== null) throw new Error(`${name} ended by ${example.exitCode}`);
      return fetch(home, { redirect: "manual" }).catch(() => undefined);
    };
    await waitFor(`${name} to listen`, listening, 1200);
    const works = acts ? await inChromium(acts, home) : await withoutScript(stock, provider, home);
    if (hears) works.push(await closedIsHeard(provider, home));
    return { version: readFileSync(join(folder, "version"), "utf8").trim(), works };
  } catch (error) {
    console.error(provider.log.slice(-20).join(""));
    throw error;
  } finally {
    if (example.pid !== undefined && example.exitCode === null) process.kill(-example.pid);
    await front?.close();
    await provider.stop();
    rmSync(made, { recursive: true, force: true });
  }
}

async function withoutScript(
  { pages = {}, signOut }: StockClient,
  { issuer }: TestProvider,
  home: string,
) {
  const browser = new BrowserAgent();
  const says = (what: string) => {
    const seen = browser.page.html;
    if (!seen.includes(siret)) throw new Error(`${what}: no SIRET on ${browser.page.describe()}`);
  };
  await browser.open(home);
  // Auth.js and oauth2-proxy show a page of their own first.
  if (browser.page.find("input[name=password]") === undefined) await browser.submit();
  await browser.fill({ email, password: goodPassword }).submit();
  says("sign-in");
  for (const [what, path] of Object.entries(pages)) {
    await browser.open(new URL(path, home).href);
    says(what);
  }
  const works = ["sign-in", ...Object.keys(pages)];
  return signOut === undefined ? works : [...works, ...(await signedOut())];

  async function signedOut() {
    const elsewhere = browser.tab();
    await elsewhere.open(`${issuer}/session/end`);
    await elsewhere.submit();
    await waitFor("the sign-out to be heard", async () =>
      (await browser.open(home)).html.includes('name="password"'),
    );
    await browser.fill({ email, password: goodPassword }).submit();
    says("sign-in after a sign-out");
    await browser.open(new URL(signOut ?? "", home).href);
    await browser.submit();
    // Back at its own page, which asks for another sign-in.
    const { url, hops } = browser.page;
    if (!hops.some((hop) => hop.url.startsWith(home))) throw new Error(`signed out at ${url}`);
    return ["a sign-out elsewhere ends its session", "sign-out"];
  }
}

/** An agent closes the access on the pages of the back office; what was signed in here must not be any more. */
async function closedIsHeard(provider: TestProvider, home: string): Promise<string> {
  const isSignedIn = async () => {
    const response = await fetch(home, { redirect: "manual" });
    return (await response.text()).includes(siret);
  };
  if (!(await isSignedIn())) throw new Error("nobody is signed in before the access is closed");
  const agent = await newColleague(provider, "agent");
  const found = await provider.application.administration.find(email);
  if (!found.accepted) throw new Error(found.problems[0].reason);
  await agent.open(`/admin/accounts/${found.value.sub}/close`);
  await agent.browser.fill({ [`siret-${siret}`]: true, reason: "Fin de convention" }).submit();
  const closedAt = performance.now();
  await waitFor("the closing to be heard", async () => !(await isSignedIn()), 60);
  const milliseconds = Math.round(performance.now() - closedAt);
  console.info(
    `${name}: heard and acted upon ${milliseconds} ms after the answer of the back office`,
  );
  return "a closed access ends its session";
}

async function inChromium(acts: NonNullable<StockClient["acts"]>, home: string) {
  const browser = await launchChromium();
  // The certificate of a provider behind TLS is made for the run.
  const context = await newPerson(browser, { anyCertificate: true });
  const page = await context.newPage();
  page.on("console", (message) => {
    console.info(`console: ${message.text()}`);
  });
  const signIn = async (window: typeof page) => {
    await window.fill("#email", email);
    await window.fill("#password", goodPassword);
    await window.click("#primary");
  };
  try {
    await page.goto(home);
    for (const [what, act] of Object.entries(acts)) {
      await act({ page, context, siret, signIn }).catch((error: unknown) => {
        throw new Error(`${what} does not work`, { cause: error });
      });
    }
    return Object.keys(acts);
  } finally {
    await browser.close();
  }
}
