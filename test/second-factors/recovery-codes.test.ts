import { describe, expect, it } from "@jest/globals";
import { systemRandom } from "../../src/foundation/index.ts";
import {
  newRecoveryCodes,
  readRecoveryCode,
  recoveryCodeDigest,
} from "../../src/second-factors/recovery-codes.ts";

describe("recovery codes", () => {
  it("are ten, all different, in groups of four without letters that look alike", () => {
    const codes = newRecoveryCodes(systemRandom);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes)
      expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it.each([
    "7Q2M-K0DX-4ZR8-1HN0",
    "7q2mk0dx4zr81hn0",
    " 7q2m k0dx 4zr8 1hn0 ",
    "7Q2M–KODX–4ZR8–lHNO",
    "７Q2M-K0DX-4ZR8-IHN0",
  ])("are read however they are typed: %s", (typed) => {
    expect(readRecoveryCode(typed)).toBe("7Q2M-K0DX-4ZR8-1HN0");
  });

  it.each(["", "123456", "7Q2M-K0DX-4ZR8-1HN", "7Q2M-K0DX-4ZR8-1HN00"])(
    "are nothing else: %s",
    (typed) => {
      expect(readRecoveryCode(typed)).toBeUndefined();
    },
  );

  it("are one person's: another's digest of the same code is another", () => {
    const [code = ""] = newRecoveryCodes(systemRandom);
    expect(recoveryCodeDigest("a", code)).not.toBe(recoveryCodeDigest("b", code));
  });
});
