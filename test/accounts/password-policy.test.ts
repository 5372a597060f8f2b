import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createPasswordPolicy, type PasswordOwner } from "../../src/accounts/password-policy.ts";

const policy = createPasswordPolicy();
const jeanne: PasswordOwner = {
  givenName: "Jeanne",
  familyName: "Durand-Lefèvre",
  email: "jeanne.lefevre@menuiserie-tarn.fr",
};

afterAll(() => policy.close());

/** "accepted", or the reason and its details. */
async function verdict(typed: string, owner = jeanne): Promise<unknown> {
  const outcome = await policy.check(typed, owner);
  if (outcome.accepted) return outcome.value === typed ? "accepted" : "changed";
  expect(outcome.problems).toHaveLength(1);
  const { field, reason, details } = outcome.problems[0];
  expect(field).toBe("password");
  return details ? { reason, details } : reason;
}

describe("the password policy", () => {
  it("asks for a password", async () => {
    expect(await verdict("")).toBe("password-missing");
  });

  it("asks for 12 characters, as people count them", async () => {
    const tooShort = { reason: "password-too-short", details: { minimum: 12 } };
    expect(await verdict("kX9!pQ2#vL7")).toEqual(tooShort);
    expect(await verdict("🦊🐢🐳🦉🐝🦋")).toEqual(tooShort);
    expect(await verdict("e\u0301".repeat(11))).toEqual(tooShort);
    expect(await verdict("kX9!pQ2#vL7m")).toBe("accepted");
  });

  it("allows 256 characters and no more", async () => {
    const tooLong = { reason: "password-too-long", details: { maximum: 256 } };
    const phrase = "une échelle à côté du grenier, puis ".repeat(8);
    expect(await verdict(phrase.slice(0, 256))).toBe("accepted");
    expect(await verdict(phrase.slice(0, 257))).toEqual(tooLong);
    expect(await verdict("x".repeat(100_000))).toEqual(tooLong);
  });

  it.each([
    "cheval-pile-agrafe-correct",
    "une échelle à côté du grenier",
    "le chat mange la souris",
    "correct horse battery staple",
    "дождь-крыша-вечер-лампа",
    "kX9!pQ2#vL7m",
    "            une phrase        ",
  ])("accepts « %s »: no rule of composition", async (password) => {
    expect(await verdict(password)).toBe("accepted");
  });

  it.each([
    "abababababababababab",
    "aaaaaaaaaaaaaaaaaaaa",
    "motdepasse1234",
    "motdepassemotdepasse",
    "Password1234!",
    "azertyuiop123",
    "azertyuiopqsdf",
    "lundimardimercredi",
    "un-deux-trois-quatre",
    "123456789012",
    "Opcommerce2026!",
    "l'Opcommerce-2026",
    "0pc0mm3rc32026!",
    "WebservicesSiret1",
    "a".repeat(256),
  ])("refuses « %s » as guessable", async (password) => {
    expect(await verdict(password)).toBe("password-guessable");
  });

  it.each([
    "JeanneDurand1987",
    "jeanne.lefevre2026",
    "JEANNE*lefevre*31",
    "Lefèvre-Jeanne-75",
    "jeanne.lefevre@menuiserie-tarn.fr",
    "MenuiserieTarn81!",
  ])("refuses « %s »: without the person's name and address little is left", async (password) => {
    expect(await verdict(password)).toBe("password-contains-identity");
  });

  it("accepts a name within a phrase that is good without it", async () => {
    expect(await verdict("jeanne mange une pomme sur le grenier")).toBe("accepted");
  });

  it("judges by the person: another's name is no identity", async () => {
    const marc = { givenName: "Marc", familyName: "Li", email: "ml@exemple.fr" };
    expect(await verdict("lit-bleu-liste-livre", marc)).toBe("accepted");
  });

  it("takes no password that costs a hundred times an ordinary one", async () => {
    const nasty = ["4@311!|0$5", "1|!l", "@4", "$1$1(<[", "20122012", "p@$$w0rd", "é", "ab", "0"];
    const passwords = fc.oneof(
      fc.constantFrom(...nasty).map((part) => part.repeat(256).slice(0, 256)),
      fc
        .array(fc.constantFrom(...Array.from("4@31!|0$5aeilost( <[")), {
          minLength: 12,
          maxLength: 256,
        })
        .map((characters) => characters.join("")),
      fc.string({ unit: "binary", minLength: 0, maxLength: 300 }),
    );
    /** The quickest of a few: neighbours on the machine only ever add time. */
    const cost = async (password: string, enough: number) => {
      let quickest = Infinity;
      for (let time = 0; time < 12 && quickest > enough; time += 1) {
        const begin = performance.now();
        await policy.check(password, jeanne);
        quickest = Math.min(quickest, performance.now() - begin);
      }
      return quickest;
    };
    await policy.check("the dictionaries are read", jeanne);
    const ordinary = await cost("cheval-pile-agrafe-correct", 0);
    await fc.assert(
      fc.asyncProperty(passwords, async (password) => {
        expect(await cost(password, 100 * ordinary)).toBeLessThan(100 * ordinary);
      }),
      { numRuns: 60 },
    );
  });
});
