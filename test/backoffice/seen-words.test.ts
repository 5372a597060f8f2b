import { describe, expect, it } from "@jest/globals";
import { createWords } from "../../src/operations/index.ts";

const words = createWords("views");
const values = { count: 2, service: "Portail OF", establishment: "x" };

/** Which page each sentence is about. */
const titles: Readonly<Record<string, string>> = {
  password: "sign-in.title",
  factor: "check.title",
  account: "account.title",
  "account-empty": "account.title",
  choice: "choose-establishment.title",
  "no-access": "no-access.title",
  consent: "consent.title",
};

describe("« Ce que verrait cette personne »", () => {
  it.each(Object.entries(titles))("names the page of %s by its own title", (step, title) => {
    const [fr, en] = [words("fr"), words("en")];
    expect(fr(`staff-seen.step.${step}`, values)).toContain(`«\u00a0${fr(title)}\u00a0»`);
    expect(en(`staff-seen.step.${step}`, values)).toContain(`“${en(title)}”`);
  });
});
