import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { BrowserAgent, type Page } from "../support/browser-agent.ts";
import { signUpFields } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { rounds } from "../support/endurance.ts";
import { measuredAgain } from "../support/measured-again.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { type Difference, compare, timed } from "./samples.ts";

/** What an address may be to us. A stranger must not be able to tell which. */
const kinds = [
  "known",
  "unknown",
  "unvalidated",
  "disabled",
  "delayed and known",
  "delayed and unknown",
] as const;
type Kind = (typeof kinds)[number];

let made = 0;

describe.each(databases)("whether an address has an account, on $name", (kind) => {
  let provider: TestProvider;
  let passwordHash: string;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    passwordHash = await provider.application.passwords.hash(goodPassword);
    // A mail server that takes 5 s for a mail: who waits for it tells.
    provider.smtp.behaviours.delay = 5000;
  });
  afterAll(async () => {
    provider.smtp.behaviours.delay = 0;
    await provider.stop();
  });

  describe.each(["signIn", "signUp", "recover"] as const)("%s", (name) => {
    it("answers the same status, page, headers and cookies for every kind of address", async () => {
      const answers = [];
      for (const each of kinds) {
        const email = await address(each);
        const page = await acts[name](new BrowserAgent(), email);
        answers.push({ kind: each, seen: seenOf(page, email) });
      }
      const [first] = answers;
      // A delay is told at sign-in alone, and it is the same for an address that has no account.
      const isDelayed = (each: Kind) => name === "signIn" && each.startsWith("delayed");
      const delayed = answers.find((answer) => isDelayed(answer.kind));
      for (const { kind: each, seen } of answers) {
        const expected = isDelayed(each) ? delayed : first;
        expect({ each, seen }).toEqual({ each, seen: expected?.seen });
      }
      expect(delayed?.seen.html.includes("Trop de tentatives")).toBe(
        name === "signIn" ? true : undefined,
      );
    });

    it(
      "takes the same time for a known and an unknown address",
      async () => {
        const isClear = ({ standardErrors, shift, medians }: Difference) =>
          standardErrors > 4.5 && Math.abs(shift) > 0.15 * medians[0];
        const browser = new BrowserAgent();
        await acts[name](browser, await address("unknown"));
        const found = await measuredAgain(
          () => measure(browser),
          (each) => !isClear(each),
        );
        expect({ clear: isClear(found), found }).toEqual({ clear: false, found });
      },
      rounds(60_000, 600_000),
    );

    /** Two samples, taken in turn. */
    async function measure(browser: BrowserAgent): Promise<Difference> {
      const quick = { signIn: 40, signUp: 20, recover: 60 }[name];
      const count = rounds(quick, 150);
      const addresses: { known: string; unknown: string }[] = [];
      while (addresses.length < count) {
        addresses.push({ known: await address("known"), unknown: await address("unknown") });
      }
      const times = { known: [] as number[], unknown: [] as number[] };
      for (const [index, pair] of addresses.entries()) {
        const turn =
          index % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
        for (const each of turn) {
          times[each].push(await timed(() => submits[name](browser, pair[each])));
        }
      }
      const found = compare(times.known, times.unknown);
      process.stderr.write(
        `${name} on ${kind.name}, ${count} known and unknown: medians ${found.medians.map((value) => value.toFixed(2)).join(" and ")} ms, shift ${found.shift.toFixed(2)} ms, effect ${found.effect.toFixed(2)} (${found.standardErrors.toFixed(1)} standard errors)\n`,
      );
      return found;
    }
  });

  /** Makes an address of that kind; all are equally long. */
  async function address(each: Kind): Promise<string> {
    const email = parseEmailAddress(
      `adresse.${String((made += 1)).padStart(6, "0")}@partenaire.test`,
    );
    if (!email) throw new Error("not an address");
    const { application } = provider;
    const identity = { givenName: "Jeanne", familyName: "Durand", clientId: undefined };
    if (["known", "disabled", "delayed and known"].includes(each)) {
      const sub = systemRandom.identifier();
      const account = { ...identity, sub, email, locale: "fr" as const, passwordHash };
      await application.accounts.insert(account, application.clock.epochSeconds());
    }
    if (each === "disabled")
      await application.administration.setState(email, "disabled", "operator");
    if (each === "unvalidated")
      await application.signUpRequests.request(signUpFields(email), origin);
    if (each.startsWith("delayed")) {
      for (let failure = 0; failure < 5; failure += 1) await application.guard.begin({ email });
    }
    return email;
  }

  /** The form alone: what is measured. */
  const submits = {
    signIn: (browser: BrowserAgent, email: string) =>
      browser.fill({ email, password: "not-the-password-of-anyone" }).submit("Se connecter"),
    signUp: (browser: BrowserAgent, email: string) =>
      browser.post(`${provider.issuer}/signup`, signUpFields(email), provider.issuer),
    recover: (browser: BrowserAgent, email: string) =>
      browser.post(`${provider.issuer}/recovery`, { email }, provider.issuer),
  };

  /** From the first page to the answer. */
  const acts = {
    ...submits,
    signIn: async (browser: BrowserAgent, email: string) => {
      await plainClient(provider, "portal").authorize(browser);
      return submits.signIn(browser, email);
    },
  };
});

const origin = { locale: "fr" as const, clientId: undefined };

/** All that a stranger sees, redirects included, without what differs each time by design. */
function seenOf(page: Page, email: string) {
  const masked = (text: string) =>
    text
      .replaceAll(email, "ADDRESS")
      .replaceAll(Buffer.from(email).toString("base64url"), "ADDRESS")
      // 61 seconds, and a second later « 1 minute ».
      .replaceAll(/\d+\s(secondes|minutes?)/g, "N UNITS")
      .replaceAll(/\/interaction\/[\w-]+/g, "/interaction/UID")
      // What the address of the page that follows seals: a key's name, a nonce, and what is sealed.
      .replaceAll(/\bof=v1\.[\w.-]+/g, (sealed) => `of=SEALED ${sealed.length}`)
      .replaceAll(/[\w-]{22,}/g, (secret) => `SECRET OF ${secret.length}`);
  const headers = (all: object) =>
    masked(
      JSON.stringify({
        ...all,
        date: undefined,
        "retry-after": undefined,
        "content-length": undefined,
      }),
    ).replaceAll(/expires=[^;]*/gi, "expires");
  return {
    hops: page.hops.map((hop) => [hop.method, hop.status, masked(hop.url), headers(hop.headers)]),
    html: masked(page.html),
  };
}
