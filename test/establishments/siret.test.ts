import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Siret, formatSiret, parseSiret } from "../../src/establishments/index.ts";
import { sirenOf } from "../../src/establishments/siret.ts";
import { growsNoFaster, growthByEight } from "../support/growth.ts";

interface Vectors {
  readonly valid: readonly { readonly siret: string; readonly note: string }[];
  readonly accepted_as_typed: readonly { readonly typed: string; readonly siret: string }[];
  readonly invalid: readonly { readonly siret: string; readonly reason: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("siret-vectors.json", import.meta.url), "utf8"),
) as Vectors;

describe("parseSiret", () => {
  it("reads what is pasted with spaces around, up to 64 characters", () => {
    expect(parseSiret(`13002526500013${" ".repeat(50)}`).accepted).toBe(true);
  });

  it.each(vectors.valid)("accepts $siret ($note)", ({ siret }) => {
    expect(parseSiret(siret)).toEqual({ accepted: true, value: siret });
  });

  it.each(vectors.accepted_as_typed)("reads $typed as $siret", ({ typed, siret }) => {
    expect(parseSiret(typed)).toEqual({ accepted: true, value: siret });
  });

  it.each(vectors.invalid)("refuses « $siret » for its $reason", ({ siret, reason }) => {
    const word = reason.startsWith("format") ? "siret-format" : "siret-checksum";
    expect(parseSiret(siret)).toEqual({ accepted: false, problems: [{ reason: word }] });
  });

  it.each([
    ["Arabic-Indic digits", "١٣٠٠٢٥٢٦٥٠٠٠١٣"],
    ["a letter O for a zero", "13OO2526500013"],
    ["a NUL among the digits", "130025265\u000000013"],
    ["two numbers at once", "13002526500013 13002526500013"],
    ["a sign", "+13002526500013"],
    ["more than anybody types, of spaces too", `13002526500013${" ".repeat(51)}`],
  ])("refuses %s as siret-format", (_what, typed) => {
    expect(parseSiret(typed)).toEqual({ accepted: false, problems: [{ reason: "siret-format" }] });
  });

  it("accepts a line end around the number, as a spreadsheet pastes it", () => {
    expect(parseSiret("13002526500013\r\n")).toEqual({ accepted: true, value: "13002526500013" });
  });

  it("reads every valid SIRET back from the way it is shown", () => {
    fc.assert(
      fc.property(validSiret, (siret) => {
        expect(parseSiret(formatSiret(siret))).toEqual({ accepted: true, value: siret });
      }),
    );
  });

  it("refuses any single mistyped digit outside La Poste", () => {
    const mistyped = fc.record({
      siret: validSiret.filter((siret) => sirenOf(siret) !== "356000000"),
      position: fc.nat(13),
      shift: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(mistyped, ({ siret, position, shift }) => {
        const digit = (Number(siret[position]) + shift) % 10;
        const changed = `${siret.slice(0, position)}${digit}${siret.slice(position + 1)}`;
        expect(parseSiret(changed)).toEqual({
          accepted: false,
          problems: [{ reason: "siret-checksum" }],
        });
      }),
    );
  });

  it("answers whatever is typed with 14 ASCII digits or a refusal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (typed) => {
        const outcome = parseSiret(typed);
        expect(outcome.accepted ? outcome.value : "00000000000000").toMatch(/^[0-9]{14}$/);
      }),
    );
  });

  it.each([
    ["separators", " \u00a0.-"],
    ["digits", "1300"],
    ["line ends", "\r\n\t "],
  ])("refuses a million characters of %s in a time that grows with them alone", (_, unit) => {
    const typed = (length: number) => unit.repeat(length / unit.length);
    expect(parseSiret(typed(1_000_000)).accepted).toBe(false);
    const growth = growthByEight((length) => parseSiret(typed(length)), 120_000);
    expect(growth).toBeLessThan(growsNoFaster);
  });
});

describe("sirenOf", () => {
  it("is the first nine digits, leading zeros kept", () => {
    expect(sirenOf("00557246600026" as Siret)).toBe("005572466");
  });
});

describe("formatSiret", () => {
  it("shows groups of 3-3-3-5 that never wrap", () => {
    expect(formatSiret("13002526500013" as Siret)).toBe("130 025 265 00013");
  });
});

const validSiret = fc
  .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.nat(9999))
  .map(([company, number]) => {
    const siren = withLuhnDigit(String(company).padStart(8, "0"));
    return withLuhnDigit(siren + String(number).padStart(4, "0")) as Siret;
  });

function withLuhnDigit(digits: string): string {
  // Written apart from the code under test: doubles from the right, casts out nines by the digits' sum.
  const total = Array.from(digits)
    .reverse()
    .reduce((sum, digit, index) => {
      const value = index % 2 === 0 ? 2 * Number(digit) : Number(digit);
      return sum + Math.floor(value / 10) + (value % 10);
    }, 0);
  return `${digits}${(10 - (total % 10)) % 10}`;
}
