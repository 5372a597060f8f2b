import type { Context } from "koa";
import { networkOf } from "../foundation/index.ts";

/**
 * From which browser a session began: no more than a person needs to tell their own from another's. Kept in the session
 * itself, sealed in nothing and gone with it; never the whole `User-Agent`, which names a single device among many.
 */
export interface BrowserSeen {
  /** `firefox`, `edge`, `chrome`, `safari`, `samsung`, `opera`; undefined: another. */
  readonly browser: string | undefined;
  /** `windows`, `macos`, `ios`, `android`, `linux`; undefined: another. */
  readonly system: string | undefined;
  /** `192.0.2.0/24`, `2001:db8::/48`. */
  readonly network: string | undefined;
}

/** As much of an address as the audit keeps (CNIL, truncated addresses). */
const keptBits = { ipv4: 24, ipv6: 48 } as const;

/** In this order: each of them calls itself by the names of those behind it. */
const browsers: readonly (readonly [name: string, mark: RegExp])[] = [
  ["edge", /\bEdg(?:e|A|iOS)?\//],
  ["opera", /\bOPR\//],
  ["samsung", /\bSamsungBrowser\//],
  ["firefox", /\b(?:Firefox|FxiOS)\//],
  ["chrome", /\b(?:Chrome|CriOS|Chromium)\//],
  ["safari", /\bSafari\//],
];

const systems: readonly (readonly [name: string, mark: RegExp])[] = [
  ["ios", /\b(?:iPhone|iPad|iPod)\b/],
  ["android", /\bAndroid\b/],
  ["windows", /\bWindows\b/],
  ["macos", /\bMac OS X\b/],
  ["linux", /\b(?:Linux|CrOS)\b/],
];

/** Reads it of a request. */
export function browserSeen(ctx: Context): BrowserSeen {
  const agent = ctx.get("user-agent").slice(0, 500);
  return {
    browser: nameIn(browsers, agent),
    system: nameIn(systems, agent),
    network: networkOf(ctx.ip, keptBits),
  };
}

function nameIn(known: typeof browsers, agent: string): string | undefined {
  return known.find(([, mark]) => mark.test(agent))?.[0];
}
