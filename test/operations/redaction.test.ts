import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hostileTexts, redactionMilliseconds } from "../../bench/redaction.ts";
import { redacted, redactedText } from "../../src/operations/index.ts";

describe("the redaction of a text", () => {
  it("takes a time that grows as the text does, whatever a stranger writes", () => {
    // Eight times the text in eight times the time; what looks back from each place took sixty-four times.
    const longer = new Map(hostileTexts(8000));
    const steep = hostileTexts(1000).find(([name, text]) => {
      const growth = () =>
        redactionMilliseconds(longer.get(name) ?? "") / redactionMilliseconds(text);
      return growth() > 24 && growth() > 24 && growth() > 24;
    });
    expect(steep).toBeUndefined();
  });

  it.each([
    ["x-eyJhbGciOiJub25lIn0.e30.", "[token]"],
    ["a.b.eyJhbGciOiJub25lIn0.e30.c2ln", "[token]"],
    ["auth.lopcommerce.test.", "auth.lopcommerce.test."],
    ["eyJ.x", "eyJ.x"],
    ["smtp://user:p@ss:word@host/x", "smtp://[hidden]@host/x"],
    ["https://user@host/x", "https://user@host/x"],
    ["<jeanne.martin@exemple.fr>,a@b.fr;", "<[address]>,[address];"],
    ["refresh_token=abc&x=1", "refresh_token=[hidden]&x=1"],
  ])("makes of %s %s", (text, clean) => {
    expect(redactedText(text)).toBe(clean);
  });

  it("leaves out what an error of PostgreSQL quotes of a row", () => {
    const error = Object.assign(new Error("violates a constraint"), {
      detail: "Failing row contains (7, jeanne, Durand)",
      where: "COPY accounts, line 1, column name: Durand",
    });
    const written = JSON.stringify(redacted({ err: error }));
    expect(written).toContain("violates a constraint");
    for (const quoted of ["Failing row", "COPY", "Durand"]) expect(written).not.toContain(quoted);
  });

  it("leaves no address whole, wherever it stands", () => {
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(redactedText(`${before} jeanne.martin@exemple.fr ${after}`)).not.toContain("jeanne");
      }),
    );
  });
});
