import type { Browser } from "playwright-core";
import { newPerson } from "../chromium.ts";
import { type TestProvider, goodPassword } from "../test-provider.ts";
import { Keyboard } from "./keyboard.ts";
import { type Morning, leftOf, seedMorning } from "./seed.ts";
import { type Way, parts } from "./ways.ts";

/** Keys pressed for each part of a morning. */
export type Keystrokes = Readonly<Record<(typeof parts)[number], number>>;

/** What differs between builds beside the pages. */
export interface Desk {
  readonly provider: TestProvider;
  readonly way: Way;
  /** Signs a member of staff in with what the build asks beside a password. @param cookies of their browser */
  readonly markSecondFactor: (sub: string, cookies: readonly string[]) => Promise<void>;
  /** Does what the way did in a terminal. */
  readonly inTerminal?: (morning: Morning) => Promise<void>;
}

/**
 * A correspondent does a whole morning by keyboard.
 * @throws Error that says what of it is not done at the end
 */
export async function doMorning(browser: Browser, desk: Desk): Promise<Keystrokes> {
  const { provider, way } = desk;
  const morning = await seedMorning(provider);
  const email = "anne@opco.test";
  const { sub } = await provider.addAccount(email, { givenName: "Anne", familyName: "Agent" });
  await provider.application.administration.setRole(email, "agent", "operator");
  const window = await newPerson(browser);
  try {
    const page = await window.newPage();
    await page.goto(`${provider.issuer}/account`);
    await page.fill("#email", email);
    await page.fill("#password", goodPassword);
    await page.click("#primary");
    const cookies = await window.cookies();
    await desk.markSecondFactor(
      sub,
      cookies.map(({ value }) => value),
    );
    const done: Partial<Record<(typeof parts)[number], number>> = {};
    for (const part of parts) {
      await page.goto(`${provider.issuer}/admin`);
      const keyboard = new Keyboard(page);
      await way[part](keyboard, morning);
      done[part] = keyboard.count;
    }
    await desk.inTerminal?.(morning);
    const left = await leftOf(provider, morning);
    if (left.length > 0) throw new Error(`not done: ${left.slice(0, 5).join(", ")}`);
    return done as Keystrokes;
  } finally {
    await window.close();
  }
}
