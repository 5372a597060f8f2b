import { describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import { openedIn } from "../../src/accounts/opened-in.ts";

const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("the browser that a session begins in", () => {
  it.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
      "Firefox",
      "Windows",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
      "Edge",
      "Windows",
    ],
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/141.0.0.0 Safari/537.36`, "Chrome", "Linux"],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S911B) ${webkit} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
      "Samsung Internet",
      "Android",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
      "Safari",
      "macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
      "Chrome",
      "iPhone",
    ],
    ["curl/8.14.1", undefined, undefined],
    ["", undefined, undefined],
  ])("reads of %s its kind and its system, and no more", (agent, browser, system) => {
    const ctx = { get: () => agent, ip: "198.51.100.77" } as unknown as Context;
    expect(openedIn(ctx)).toEqual({ browser, system, network: "198.51.100.0/24" });
  });
});
