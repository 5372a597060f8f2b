import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again until there is an answer (not undefined, false or null), as a person who waits for a mail.
 * It measures time by `performance`, so it works while a test fakes `Date`.
 * @param what named in the error
 * @throws Error after `seconds` without an answer
 */
export async function waitFor<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  seconds = 15,
): Promise<NonNullable<Exclude<Answer, false>>> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as NonNullable<Exclude<Answer, false>>;
    }
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await pause(15);
  }
}
