import { TOTP } from "otpauth";
import type { BrowserAgent, Page } from "./browser-agent.ts";
import { atOneInstant } from "./fake-date.ts";

/** The code that an authenticator application shows for a secret, now or some steps of 30 s away. */
export function totpCode(secret: string, stepsAway = 0): string {
  const timestamp = Date.now() + stepsAway * 30_000;
  return new TOTP({ secret, algorithm: "SHA1", digits: 6, period: 30 }).generate({ timestamp });
}

/** A code of six digits that is wrong now and for a while. */
export function wrongCode(secret: string): string {
  const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => totpCode(secret, steps));
  return ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"].find(
    (code) => !near.includes(code),
  ) as string;
}

/** The secret that a page of enrolment shows beside its QR code. */
export function shownSecret(page: Page): string {
  return (page.find("#secret")?.text ?? "").replaceAll(/\s/g, "");
}

/** The recovery codes that a page shows. */
export function shownCodes(page: Page): string[] {
  return page.findAll(".codes li").map(({ text }) => text.trim());
}

/**
 * Turns an authenticator application on at the page that asks for it, and goes past the recovery codes.
 * The code that it used is of the step before: the present one is still good.
 */
export async function enrolSecondFactor(
  browser: BrowserAgent,
): Promise<{ readonly secret: string; readonly recoveryCodes: readonly string[] }> {
  const secret = shownSecret(browser.page);
  // The step before is good while no other begins.
  await atOneInstant(() => browser.fill({ code: totpCode(secret, -1) }).submit());
  const recoveryCodes = shownCodes(browser.page);
  if (recoveryCodes.length > 0) await browser.submit();
  return { secret, recoveryCodes };
}
