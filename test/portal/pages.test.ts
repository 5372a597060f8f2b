import { describe, expect, it } from "@jest/globals";
import { claimRows, formatSiret, renderPage } from "../../src/portal/pages.ts";

describe("a claim as the portal shows it", () => {
  it.each([
    ["siret", "13002526500013", ["130 025 265 00013"]],
    ["siren", "130025265", ["130 025 265"]],
    ["email_verified", true, ["oui"]],
    ["updated_at", 1_767_225_600, ["1er janvier 2026 à 01:00"]],
    [
      "establishments",
      [
        { siret: "13002526500013", siren: "130025265", name: "DINUM" },
        { siret: "35600000000048", siren: "356000000" },
      ],
      ["130 025 265 00013", "356 000 000 00048"],
    ],
    ["name", "Élodie", ["Élodie"]],
    ["unforeseen", { a: 1 }, ['{"a":1}']],
    ["siret", 13002526500013, ["13002526500013"]],
  ])("%s %j", (name, value, shown) => {
    const [row] = claimRows({ [name]: value });
    expect(row?.values.map((each) => each.shown)).toEqual(shown);
  });

  it("names an establishment that has a name, beside its SIRET", () => {
    const [row] = claimRows({ establishments: [{ siret: "13002526500013", name: "DINUM" }] });
    expect(row?.values[0]).toMatchObject({ shown: "130 025 265 00013", name: "DINUM" });
  });

  it("keeps the value as it was received beside what is shown", () => {
    const [row] = claimRows({ siret: "00000000000000" });
    expect(row?.values[0]?.received).toBe("00000000000000");
  });

  it("leaves a SIRET that is not one as it is", () => {
    expect(formatSiret("123")).toBe("123");
  });
});

describe("a page of the portal", () => {
  it("escapes what the provider says", async () => {
    const hostile = `"><script>alert(1)</script>`;
    const claims = { [hostile]: hostile, siret: hostile, establishments: [{ siret: hostile }] };
    const page = await renderPage("signed-in", hostile, {
      rows: claimRows(claims),
      who: hostile,
      siret: { shown: hostile, received: hostile },
      establishmentName: hostile,
      accountUrl: "https://auth.test/account",
    });
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
    expect(page).not.toContain('="">');
  });
});
