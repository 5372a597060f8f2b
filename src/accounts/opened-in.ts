import type { Context } from "koa";
import { type KeptBits, networkOf } from "../foundation/index.ts";
import type { OpenedIn } from "./current-account.ts";

/** As much of a network address as the audit keeps: an office, or a neighbourhood. */
const keptBits: KeptBits = { ipv4: 24, ipv6: 48 };

/** What names a family, the more particular first: Edge says Chrome too, and Chrome says Safari. */
const browsers: readonly (readonly [name: string, sign: RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|Chromium|HeadlessChrome|CriOS)\//],
  ["Safari", /\bVersion\/[\d.]+ .*\bSafari\//],
];

const systems: readonly (readonly [name: string, sign: RegExp])[] = [
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Windows", /\bWindows NT\b/],
  ["macOS", /\bMacintosh\b/],
  ["Linux", /\bLinux\b/],
];

/**
 * Where a request comes from, in words that its person recognises. Families alone: versions change every month, and
 * the whole of what a browser sends would tell people apart. What is not known is left out.
 */
export function openedIn(ctx: Pick<Context, "get" | "ip">): OpenedIn {
  // A header has no bound of its own, and these patterns are tried one after the other.
  const agent = ctx.get("User-Agent").slice(0, 400);
  const named = (families: typeof browsers) => families.find(([, sign]) => sign.test(agent))?.[0];
  return { browser: named(browsers), system: named(systems), network: networkOf(ctx.ip, keptBits) };
}
