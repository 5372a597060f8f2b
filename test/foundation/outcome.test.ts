import { describe, expect, it } from "@jest/globals";
import {
  AppError,
  type Outcome,
  accepted,
  days,
  escapeHtml,
  hours,
  minutes,
  refused,
  seconds,
  systemClock,
  systemRandom,
} from "../../src/foundation/index.ts";

describe("an outcome", () => {
  it("carries a value when accepted, and what is wrong, the first first, when refused", () => {
    const outcomes: Outcome<number, "too-small" | "too-odd">[] = [
      accepted(2),
      refused(
        { field: "count", reason: "too-small", details: { minimum: 2 } },
        { reason: "too-odd" },
      ),
    ];
    expect(outcomes).toEqual([
      { accepted: true, value: 2 },
      {
        accepted: false,
        problems: [
          { field: "count", reason: "too-small", details: { minimum: 2 } },
          { reason: "too-odd" },
        ],
      },
    ]);
  });
});

describe("a fault", () => {
  it("keeps its cause and when to come back", () => {
    const cause = new Error("disk");
    const fault = new AppError("busy", { status: 503, cause, retryAfterSeconds: 2 });
    expect(fault).toMatchObject({ code: "busy", status: 503, message: "busy", cause });
    expect(fault.retryAfterSeconds).toBe(2);
    expect(new AppError("busy", { status: 503 }).retryAfterSeconds).toBeUndefined();
  });
});

describe("quantities", () => {
  it("are seconds, whatever their unit", () => {
    expect([seconds(5), minutes(15), hours(2), days(7)]).toEqual([5, 900, 7200, 604_800]);
  });

  it("come from a clock that says the same instant in both its units", () => {
    const before = systemClock.epochMilliseconds();
    expect(systemClock.epochSeconds()).toBeGreaterThanOrEqual(Math.floor(before / 1000));
    expect(Number.isInteger(systemClock.epochSeconds())).toBe(true);
  });
});

describe("chance", () => {
  it("gives secrets of 256 bits, identifiers of 128, and a jitter in [0, 1)", () => {
    const secrets = Array.from({ length: 1000 }, () => systemRandom.secret());
    expect(new Set(secrets).size).toBe(1000);
    expect(secrets.every((secret) => /^[\w-]{43}$/.test(secret))).toBe(true);
    expect(systemRandom.identifier()).toMatch(/^[\w-]{22}$/);
    expect(systemRandom.bytes(7)).toHaveLength(7);
    const jitters = Array.from({ length: 1000 }, () => systemRandom.jitter());
    expect(jitters.every((jitter) => jitter >= 0 && jitter < 1)).toBe(true);
    expect(Math.max(...jitters) - Math.min(...jitters)).toBeGreaterThan(0.5);
  });
});

describe("escaping for HTML", () => {
  it("leaves no markup and no way out of an attribute in double quotes", () => {
    expect(escapeHtml(`<a href="x">l'été & <%= 1 %></a>`)).toBe(
      "&lt;a href=&#34;x&#34;&gt;l'été &amp; &lt;%= 1 %&gt;&lt;/a&gt;",
    );
    expect([escapeHtml(undefined), escapeHtml(null), escapeHtml(0)]).toEqual(["", "", "0"]);
  });
});
