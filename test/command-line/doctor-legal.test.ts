import { describe, expect, it } from "@jest/globals";
import { checkLegalTexts } from "../../src/command-line/doctor-legal.ts";
import { doctorParts } from "./doctor-patient.ts";

describe("the doctor and LEGAL_TEXTS", () => {
  it.each([
    ["production", true, "warning"],
    ["development", false, "not-checked"],
  ])("names what nobody wrote, in %s", (_name, production, state) => {
    const found = "nobody has written accessibility, publisher, host, personalData";
    expect(checkLegalTexts(doctorParts({ production }))).toEqual([
      expect.objectContaining({ check: "legal-texts", state, found }),
    ]);
  });

  it("says what is wrong with the file", () => {
    const parts = doctorParts({ production: true, legalTexts: "/nowhere/legal.json" });
    expect(checkLegalTexts(parts)).toEqual([
      expect.objectContaining({ state: "problem", found: expect.stringContaining("LEGAL_TEXTS") }),
    ]);
  });
});
