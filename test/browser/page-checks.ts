import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Middleware } from "koa";
import type { Browser, Page } from "playwright-core";
import { renderPage as renderPortalPage, stylesheet } from "../../src/portal/pages.ts";
import { renderPage } from "../../src/web/index.ts";
import { localeOfRequest } from "../../src/web/language.ts";
import { securityHeaders } from "../../src/web/security-headers.ts";
import {
  axeViolations,
  launchChromium,
  newPerson,
  overflowsSideways,
  smallTargets,
  takeScreenshot,
} from "../support/chromium.ts";
import { pageStates } from "../web/page-states.ts";
import { type Served, assets, serve, testPages } from "../web/serve.ts";
import { letterStates, renderLetter } from "./letter-states.ts";
import { portalStates } from "./portal-states.ts";

/** Answers `/page/STATE`, `/portal/STATE` and `/letter/STATE` as the servers would. */
const answerState: Middleware = async (ctx) => {
  const [, kind, state = ""] = decodeURIComponent(ctx.path).split("/");
  ctx.type = "html";
  const page = kind === "page" ? pageStates[state] : undefined;
  const portal = kind === "portal" ? portalStates[state] : undefined;
  if (page) await renderPage(ctx, page.status, page.name, page.model as never);
  else if (portal) ctx.body = await renderPortalPage(portal.name, portal.title, portal.values);
  else if (kind === "letter") ctx.body = renderLetter(state);
  else if (ctx.path === "/style.css") ctx.body = stylesheet;
  if (ctx.path === "/style.css") ctx.type = "css";
  // Looked at without being sent.
  if (typeof ctx.body === "string") ctx.body = ctx.body.replace(" data-send-at-once", "");
  // A letter is shown by a mail program, which has rules of its own.
  if (kind === "letter") ctx.remove("Content-Security-Policy");
};

let browser: Browser;
let served: Served;
let page: Page;

/** Opens the browser of a file. */
function prepare(): void {
  beforeAll(async () => {
    browser = await launchChromium();
    served = await serve(
      securityHeaders("http://localhost"),
      localeOfRequest(),
      testPages(),
      assets.middleware,
      answerState,
    );
    page = await (await newPerson(browser)).newPage();
    await page.emulateMedia({ reducedMotion: "reduce" });
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
}

/** Shows a page anew, unless it is the one that is shown already. */
async function open(address: string, look: Look = {}, width = 1280): Promise<void> {
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none", ...look });
  await resize(width);
  const url = `${served.url}/${address.split("/").map(encodeURIComponent).join("/")}`;
  if (page.url() !== url) await page.goto(url);
}

async function resize(width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
}

function picture(address: string, suffix: string): Promise<void> {
  return takeScreenshot(page, `${address.replaceAll(/[^\w]+/g, "-")}-${suffix}`);
}

/** Letters `times` as large as they are, as a browser's settings make them. */
async function scaleLetters(times: number): Promise<void> {
  await page.evaluate(`document.documentElement.style.fontSize = "${String(times * 100)}%"`);
}

/** The SIRETs of the page, 3-3-3-5, that run over more than one line, or whose groups are read from the right. */
function brokenSirets(): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const broken = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const { 0: siret, index } of texts.currentNode.data.matchAll(/\\d{3} \\d{3} \\d{3} \\d{5}/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + siret.length);
        const isBroken = range.getClientRects().length > 1;
        const left = (at) => {
          range.setStart(texts.currentNode, index + at);
          range.setEnd(texts.currentNode, index + at + 1);
          return range.getBoundingClientRect().left;
        };
        const isSeen = !texts.currentNode.parentElement.closest(".visually-hidden");
        if (isBroken || (isSeen && left(0) > left(siret.length - 1))) broken.push(siret);
      }
    }
    return broken;
  })()`);
}

interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly forcedColors?: "none" | "active";
}

/**
 * Looks at every state of every page, as `test/web/page-states.ts` and its neighbours list them; two files share them, so that
 * both processors are busy.
 */
export function checkPages(addresses: readonly string[]): void {
  prepare();
  describe.each(addresses)("%s", (address) => {
    it("has a language, one h1 and nothing that axe would refuse", async () => {
      await open(address);
      expect(await page.evaluate("document.documentElement.lang")).toBe("fr");
      expect(await page.locator("h1").count()).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
    });

    it("fits every width, with targets large enough", async () => {
      await open(address);
      // 640 px are a window of 1280 px zoomed to 200 %.
      for (const width of [1280, 768, 640, 360, 320]) {
        await resize(width);
        const found = {
          width,
          wide: await overflowsSideways(page),
          small: await smallTargets(page),
        };
        expect(found).toEqual({ width, wide: false, small: [] });
        expect(await brokenSirets()).toEqual([]);
        if (width !== 640) await picture(address, String(width));
      }
    });

    it("fits with letters twice as large", async () => {
      await open(address);
      await scaleLetters(2);
      for (const width of [1280, 640]) {
        await resize(width);
        expect([width, await overflowsSideways(page)]).toEqual([width, false]);
      }
      await scaleLetters(1);
    });

    it("is legible in the dark", async () => {
      await open(address, { colorScheme: "dark" });
      expect(await axeViolations(page, "colours")).toEqual([]);
      await picture(address, "1280-dark");
    });

    it("is legible in forced colours", async () => {
      await open(address, { forcedColors: "active" }, 360);
      expect(await axeViolations(page, "colours")).toEqual([]);
      await picture(address, "360-forced-colours");
    });
  });
}

/** Looks at every letter, which a mail program shows. */
export function checkLetters(): void {
  const letters = Object.keys(letterStates).map((state) => `letter/${state}`);
  describe.each(letters)("%s", (address) => {
    it("fits and is legible at 600 and 320 px, in the light and in the dark", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        await open(address, { colorScheme });
        for (const width of [600, 320]) {
          await resize(width);
          expect([width, await overflowsSideways(page)]).toEqual([width, false]);
          expect(await brokenSirets()).toEqual([]);
          expect(await axeViolations(page)).toEqual([]);
          await picture(address, `${String(width)}-${colorScheme}`);
        }
      }
    });
  });
}
