import { describe, expect, it } from "@jest/globals";
import { Secret } from "otpauth";
import { systemRandom } from "../../src/foundation/index.ts";
import { qrCodeOf } from "../../src/second-factors/qr-code.ts";
import { newTotpSecret, stepOfCode, totpAddress } from "../../src/second-factors/totp.ts";
import { totpCode } from "../support/second-factor.ts";

/** The shared secret of RFC 6238, appendix B. */
const rfcSecret = Secret.fromUTF8("12345678901234567890").base32;

describe("a time-based code (RFC 6238)", () => {
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("is at %i s what appendix B says", (now, code) => {
    expect(stepOfCode(rfcSecret, code, now)).toBe(Math.floor(now / 30));
  });

  it("is good during its own step, the one before and the one after, to the second", () => {
    const code = "050471"; // of the step from 1 111 111 110 to 1 111 111 139
    const step = 37_037_037;
    const found = (now: number) => stepOfCode(rfcSecret, code, now);
    expect(found(1_111_111_079)).toBeUndefined();
    expect(found(1_111_111_080)).toBe(step);
    expect(found(1_111_111_110)).toBe(step);
    expect(found(1_111_111_169)).toBe(step);
    expect(found(1_111_111_170)).toBeUndefined();
  });

  it("is nothing but six digits", () => {
    for (const typed of ["", "0050471", "50471", "05047a", "-50471", " 050471", "٠٥٠٤٧١"]) {
      expect(stepOfCode(rfcSecret, typed, 1_111_111_111)).toBeUndefined();
    }
  });

  it("has a secret of 160 bits, a new one each time", () => {
    const secret = newTotpSecret(systemRandom);
    expect(Secret.fromBase32(secret).bytes).toHaveLength(20);
    expect(newTotpSecret(systemRandom)).not.toBe(secret);
    expect(stepOfCode(secret, totpCode(secret), Math.floor(Date.now() / 1000))).toBeDefined();
  });

  it("tells an application all that it needs, and nothing that some of them ignore", () => {
    const address = new URL(totpAddress(rfcSecret, "zoe@partenaire.test"));
    expect(`${address.protocol}//${address.host}`).toBe("otpauth://totp");
    expect(decodeURIComponent(address.pathname)).toBe("/l'Opcommerce:zoe@partenaire.test");
    expect(Object.fromEntries(address.searchParams)).toEqual({
      issuer: "l'Opcommerce",
      secret: rfcSecret,
      algorithm: "SHA1",
      digits: "6",
      period: "30",
    });
  });
});

describe("a QR code", () => {
  it("is one path of rectangles inside its quiet zone", () => {
    const { size, path } = qrCodeOf(totpAddress(rfcSecret, "zoe@partenaire.test"));
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)].map((run) =>
      run.slice(1).map(Number),
    );
    expect(runs.map((run) => `M${run[0]} ${run[1]}h${run[2]}v1h-${run[3]}z`).join("")).toBe(path);
    for (const [x = 0, y = 0, length = 0] of runs) {
      expect(x >= 4 && y >= 4 && x + length <= size - 4 && y < size - 4).toBe(true);
    }
    // The three finder patterns begin with seven dark modules (ISO/IEC 18004 §6.3.3).
    for (const finder of ["M4 4h7v1", `M${size - 11} 4h7v1`, `M4 ${size - 11}h7v1`]) {
      expect(path).toContain(finder);
    }
  });
});
