import { describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import { isIdleStaff, noteStaffPresence } from "../../src/accounts/index.ts";

const now = 1_790_000_000;
const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };

/** A browser's request, and what it was left. */
function request(presence?: string) {
  const left: string[] = [];
  const cookies = { get: () => presence, set: (_: string, value: string) => void left.push(value) };
  return { ctx: { secure: true, cookies } as unknown as Context, left };
}

describe("a session of staff", () => {
  it.each([
    ["signed in an hour ago", 3600, undefined, false],
    ["signed in longer ago", 3601, undefined, true],
    ["seen an hour ago", 90_000, `session:${String(now - 3600)}`, false],
    ["seen longer ago", 90_000, `session:${String(now - 3601)}`, true],
    ["seen by a clock that was ahead", 90_000, `session:${String(now + 9999)}`, false],
    ["seen as another session", 3601, `another:${String(now)}`, true],
    ["with no instant", 3601, "session:soon", true],
  ])("%s", (_what, ago, presence, isIdle) => {
    const session = { id: "session", authenticatedAt: now - ago };
    const { ctx } = request(presence);
    expect(isIdleStaff(ctx, { role: "reader" }, session, clock)).toBe(isIdle);
    expect(isIdleStaff(ctx, { role: undefined }, session, clock)).toBe(false);
  });

  it("is noted where its person was, everybody else's is not", () => {
    const { ctx, left } = request();
    noteStaffPresence(ctx, { role: "agent" }, { id: "session" }, clock);
    noteStaffPresence(ctx, { role: undefined }, { id: "session" }, clock);
    expect(left).toEqual([`session:${String(now)}`]);
  });
});
