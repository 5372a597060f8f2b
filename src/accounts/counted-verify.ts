import type { Passwords } from "./password.ts";
import type { Attempt } from "./sign-in-guard.ts";
import type { Place } from "./worker-queue.ts";

/** Checks a password under an attempt that was counted; one that could not be checked does not count. */
export async function verifyCounted(
  attempt: Attempt,
  passwords: Passwords,
  stored: string | undefined,
  typed: string,
  place?: Place,
): Promise<boolean> {
  try {
    return await passwords.verify(stored, typed, place);
  } catch (fault) {
    await attempt.withdraw();
    throw fault;
  }
}
