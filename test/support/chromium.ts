import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";

const screenshots = fileURLToPath(new URL("../../var/screenshots/", import.meta.url));

/** Starts a headless Chromium: `CHROMIUM`, else the `chromium` on the path. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A person at a screen: a browser profile of its own, in French. */
export function newPerson(
  browser: Browser,
  options: {
    readonly width?: number;
    readonly height?: number;
    readonly script?: boolean;
    /** Whether a certificate that nobody vouches for is taken. */
    readonly anyCertificate?: boolean;
  } = {},
): Promise<BrowserContext> {
  const { width = 1280, height = 900, script = true, anyCertificate = false } = options;
  return browser.newContext({
    viewport: { width, height },
    locale: "fr-FR",
    timezoneId: "Europe/Paris",
    javaScriptEnabled: script,
    ignoreHTTPSErrors: anyCertificate,
  });
}

const rulesOf = {
  // The rules of WCAG 2.2 that axe leaves off by default are asked for too.
  all: 'rules: { "target-size": { enabled: true } }',
  colours: 'runOnly: ["color-contrast", "link-in-text-block"]',
};

/**
 * What axe finds wrong with the page as it stands, one line per element; empty is good.
 * `colours` asks only what depends on them, for a page that was asked for all in other colours.
 * The page keeps its own content security policy: what the debugger evaluates is not under it. The
 * person needs `script`, or axe waits for ever.
 */
export async function axeViolations(
  page: Page,
  which: "all" | "colours" = "all",
): Promise<string[]> {
  const read = await page.evaluate<boolean>('"axe" in window');
  if (!read) await page.evaluate(`${axe.source}; undefined`);
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { resultTypes: ["violations"], ${rulesOf[which]} })`,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`),
  );
}

/** Whether the page is wider than its window, which people at 320 px or 200 % would have to scroll. */
export function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    "document.documentElement.scrollWidth > document.documentElement.clientWidth",
  );
}

/**
 * What is too small for a finger, one line per element: buttons, fields and choices below 44 px (WCAG
 * 2.5.5), any other target below 24 px (WCAG 2.5.8, which excepts links inside a sentence).
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const big = (each) => each.matches(".button, button, input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, .choice");
    const inSentence = (each) =>
      [...each.parentElement.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, .choice")]
      .filter((each) => !each.closest(".choice") || each.matches(".choice"))
      .filter((each) => !each.matches(".skip-link, .skip, [aria-hidden=true]") && each.checkVisibility() && !inSentence(each))
      .flatMap((each) => {
        const { width, height } = each.getBoundingClientRect();
        const least = big(each) ? 44 : 24;
        if (width >= least && height >= least) return [];
        return [each.outerHTML.slice(0, 80) + " is " + Math.round(width) + " x " + Math.round(height)];
      });
  })()`);
}

/** Takes a picture of the whole page into `var/screenshots/NAME.png`, where `SCREENSHOTS` is set: a third of the time. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  if (!process.env["SCREENSHOTS"]) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

function chromiumPath(): string {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const folders = [...PATH.split(delimiter), "/usr/bin"];
  const path = folders.map((folder) => join(folder, "chromium")).find(isExecutable);
  if (!path) throw new Error("no chromium on the path: name one in CHROMIUM");
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
