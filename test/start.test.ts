import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signUpFields } from "./support/account-journey.ts";
import { BrowserAgent } from "./support/browser-agent.ts";
import { freePort } from "./support/free-port.ts";
import { goodPassword } from "./support/test-provider.ts";
import { waitFor } from "./support/wait-for.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = ["package.json", "src", "views", "migrations", "config"];
const email = "jeanne@partenaire.test";

/** What somebody has after `git clone` and `npm ci`: no `var/`, no setting. */
function freshClone(): string {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-clone-"));
  for (const each of sources) cpSync(join(root, each), join(folder, each), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** `npm run` by a terminal: a process group of its own, which Ctrl-C reaches as a whole. */
function npm(folder: string, words: readonly string[], settings: Record<string, string>) {
  const output: string[] = [];
  const child = spawn("npm", words, {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      npm_config_update_notifier: "false",
      ...settings,
    },
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, ended, text: () => output.join("") };
}

/** Sends a signal to a whole process group, as a terminal does; npm itself may be gone before the rest. */
function press(child: ChildProcess, signal: NodeJS.Signals): void {
  process.kill(-(child.pid ?? 0), signal);
}

/** Ends what a test left running, if it did. */
function endGroup(child: ChildProcess): void {
  try {
    press(child, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether nobody listens at a port. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}

describe("npm start in a fresh clone", () => {
  let folder: string;
  let ports: Record<"PORT" | "PORTAL_PORT" | "MAILBOX_PORT" | "MAILBOX_SMTP_PORT", number>;
  let running: ReturnType<typeof npm>;
  const settings = () =>
    Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const at = (name: keyof typeof ports, path = "") => `http://localhost:${ports[name]}${path}`;

  async function start(): Promise<void> {
    running = npm(folder, ["start"], settings());
    await waitFor("the welcome", () => running.text().includes("Ctrl-C arrête tout."), 60);
  }

  beforeAll(async () => {
    folder = freshClone();
    ports = {
      PORT: await freePort(),
      PORTAL_PORT: await freePort(),
      MAILBOX_PORT: await freePort(),
      MAILBOX_SMTP_PORT: await freePort(),
    };
    await start();
  }, 90_000);
  afterAll(() => {
    endGroup(running.child);
    rmSync(folder, { recursive: true, force: true });
  });

  it("prints every address, the staff sign-in and the next step, and warns of nothing", () => {
    const text = running.text();
    for (const name of ["PORT", "PORTAL_PORT", "MAILBOX_PORT"] as const) {
      expect(text).toContain(at(name));
    }
    expect(text).toContain(at("PORT", "/admin"));
    expect(text).toMatch(/staff@lopcommerce\.test {2}mot de passe : [\w-]{43}/);
    expect(text).toContain("npm run -s lopauth -- access open VOTRE_EMAIL");
    // npm repeats the script, whose flag names a warning.
    expect(text.replace(/^> .*$/gm, "")).not.toMatch(/warning|notice|deprecat|experimental/i);
    const secret = /mot de passe : (\S+)/.exec(text)?.[1];
    expect(readFileSync(join(folder, "var/staff-password"), "utf8")).toBe(secret);
  });

  it.each([
    ["PORT", "/signup", 200],
    ["PORT", "/recovery", 200],
    ["PORT", "/account", 200],
    ["PORT", "/livez", 200],
    ["PORT", "/readyz", 200],
    ["PORT", "/jwks", 200],
    ["PORT", "/.well-known/openid-configuration", 200],
    ["PORT", "/docs/errors", 200],
    ["PORT", "/nothing", 404],
    ["PORT", "/validate/unknown", 410],
    ["PORT", "/recovery/unknown", 410],
    ["PORTAL_PORT", "/", 200],
    ["MAILBOX_PORT", "/", 200],
  ] as const)("serves at %s %s", async (name, path, status) => {
    expect((await new BrowserAgent().open(at(name, path))).status).toBe(status);
  });

  it("leads through the guide: sign-up, the mail, the access by the command line, the SIRET at the portal", async () => {
    const browser = new BrowserAgent();
    await browser.open(at("PORTAL_PORT"));
    await browser.click("Se connecter");
    await browser.click("Créer un compte");
    await browser.fill(signUpFields(email)).submit("Créer le compte");
    const link = await waitFor("the validation mail", async () => {
      const mails = (await (await fetch(at("MAILBOX_PORT", "/api/email"))).json()) as {
        readonly html: string;
        readonly to: readonly { readonly address: string }[];
      }[];
      const mail = mails.find(({ to }) => to[0]?.address === email);
      return /href="([^"]*\/validate\/[^"]*)"/.exec(mail?.html ?? "")?.[1];
    });
    await browser.open(link);
    await browser.submit("Valider la création de mon compte");
    await browser.click("Se connecter");
    await browser.click("Se connecter");
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    expect(browser.page.h1).toBe("Accès pas encore ouvert");
    const command = ["run", "-s", "lopauth", "--", "access", "open", email];
    const sirets = ["13002526500013", "41816609600051"];
    await promisify(execFile)("npm", [...command, ...sirets], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...settings() },
    });
    await browser.open(at("PORTAL_PORT"));
    await browser.click("Se connecter");
    await browser.fill({ siret: "41816609600051" }).submit("Continuer");
    expect(browser.page.find("tr[data-claim=siret] data")?.attribute("value")).toBe(
      "41816609600051",
    );
    expect(browser.page.text).toContain("Atelier de démonstration");
  }, 60_000);

  it.each([
    ["Ctrl-C", "SIGINT"],
    ["SIGTERM", "SIGTERM"],
  ] as const)(
    "ends all of it at %s, a request under way finished, and starts again with what was kept",
    async (_what, signal) => {
      const slow = slowForm(at("PORT", "/signup"));
      await slow.begun;
      press(running.child, signal);
      await waitFor("the provider to take no more", () => isFree(ports.PORT), 20);
      expect((await slow.finish()).status).toBe(422);
      for (const port of Object.values(ports)) {
        await waitFor(`port ${String(port)} to be free`, () => isFree(port), 20);
      }
      expect(running.text()).not.toMatch(/Error|\bat .*\.ts:/);

      await start();
      const browser = new BrowserAgent();
      await browser.open(at("PORT", "/account"));
      await browser.fill({ email, password: goodPassword }).submit("Se connecter");
      expect(browser.page.h1).toBe("Mon compte");
    },
    60_000,
  );

  it.each(["MAILBOX_SMTP_PORT", "PORT", "PORTAL_PORT"] as const)(
    "names the setting of a port that is taken, %s, without a stack, and leaves nothing running",
    async (name) => {
      const free = Object.fromEntries(
        await Promise.all(Object.keys(ports).map(async (each) => [each, String(await freePort())])),
      ) as Record<string, string>;
      const other = npm(folder, ["start"], { ...free, [name]: String(ports[name]) });
      const code = await Promise.race([other.ended, pause(80_000, "it runs")]);
      endGroup(other.child);
      expect(code).toBe(1);
      expect(other.text()).toMatch(
        new RegExp(
          ` ${name}: found ${String(ports[name])} on [\\d.:]+, where another process listens; expected a free port`,
        ),
      );
      expect(other.text()).not.toMatch(/EADDRINUSE|\bat .*\.ts:/);
    },
    90_000,
  );
});

describe("npm run start:production", () => {
  const production = (port: number, database: string): Record<string, string> => ({
    PORT: String(port),
    ISSUER: "https://auth.test",
    DATABASE_URL: `sqlite:${database}`,
    SMTP_URL: "smtps://user:password@127.0.0.1:1",
    MAIL_FROM: "l'Opcommerce <ne-pas-repondre@auth.test>",
    PORTAL_URL: "https://portal.test",
    TRUSTED_PROXIES: "1",
    PORTAL_CLIENT_SECRET: randomBytes(32).toString("base64url"),
    COOKIE_KEYS: randomBytes(32).toString("base64url"),
    ENCRYPTION_KEYS: randomBytes(32).toString("base64url"),
  });
  let folder: string;

  beforeAll(() => {
    folder = freshClone();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("refuses to start without settings, with every one that must be given", async () => {
    const { ended, text } = npm(folder, ["run", "start:production"], {});
    expect(await ended).toBe(1);
    for (const name of [
      "ISSUER",
      "DATABASE_URL",
      "SMTP_URL",
      "MAIL_FROM",
      "COOKIE_KEYS",
      "ENCRYPTION_KEYS",
      "PORTAL_URL",
      "TRUSTED_PROXIES",
    ]) {
      expect(text()).toMatch(new RegExp(`${name}\\b`));
    }
    expect(existsSync(join(folder, "var"))).toBe(false);
  }, 30_000);

  it("names what was found and what is expected of every wrong setting at once", async () => {
    const { ended, text } = npm(folder, ["run", "start:production"], {
      ...production(0, "x"),
      ISSUER: "http://auth.test",
      PORT: "many",
      TRUSTED_PROXIES: "-1",
      LOG_LEVEL: "loud",
      COOKIE_KEYS: "short",
      LEGAL_TEXTS: "nowhere.json",
    });
    expect(await ended).toBe(1);
    for (const [name, found] of [
      ["ISSUER", "http://auth.test"],
      ["PORT", "many"],
      ["TRUSTED_PROXIES", "-1"],
      ["LOG_LEVEL", "loud"],
      ["COOKIE_KEYS", ""],
      ["LEGAL_TEXTS", "nowhere.json"],
      ["DATABASE_URL", "no file"],
    ] as const) {
      const line =
        text()
          .split("\n")
          .find((each) => each.includes(name)) ?? "";
      expect([name, line]).toEqual([name, expect.stringContaining(found)]);
    }
    expect(text()).not.toContain("short");
  }, 30_000);

  it("refuses to start on a database that lacks migrations and names the command, then starts after it and finishes what is under way when told twice to stop", async () => {
    const port = await freePort();
    const settings = production(port, join(folder, "production.sqlite3"));
    const first = npm(folder, ["run", "start:production"], settings);
    expect(await first.ended).toBe(1);
    expect(first.text()).toContain("lopauth migrate");
    const environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      NODE_ENV: "production",
      ...settings,
    };
    await promisify(execFile)("npm", ["run", "-s", "lopauth", "--", "migrate"], {
      cwd: folder,
      env: environment,
    });
    const second = npm(folder, ["run", "start:production"], settings);
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitFor("the provider", ready, 30);
    const slow = slowForm(`http://127.0.0.1:${port}/signup`);
    await slow.begun;
    press(second.child, "SIGTERM");
    press(second.child, "SIGTERM");
    await waitFor("the provider to take no more", () => isFree(port), 20);
    // It is no form of the issuer's origin; it is answered all the same.
    expect((await slow.finish()).status).toBe(403);
    await waitFor("the port to be free", () => isFree(port), 20);
    await waitFor("its last word", () => second.text().includes('"stopped"'), 20);
    endGroup(second.child);
  }, 60_000);
});

/** A form of which half is sent: a request under way. */
function slowForm(url: string) {
  const body = new URLSearchParams({ email: "half@partenaire.test" }).toString();
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": body.length,
    origin: new URL(url).origin,
  };
  let sent: ClientRequest | undefined;
  const answer = new Promise<{ status: number | undefined }>((resolve, reject) => {
    sent = request(url, { method: "POST", headers, agent: false }, (response) => {
      response.resume().on("end", () => resolve({ status: response.statusCode }));
    }).on("error", reject);
  });
  const begun = new Promise<void>((resolve) => {
    sent?.write(body.slice(0, 5), () => setTimeout(resolve, 200));
  });
  return {
    begun,
    finish: () => {
      sent?.end(body.slice(5));
      return answer;
    },
  };
}
