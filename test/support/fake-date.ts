import { jest } from "@jest/globals";

const RealDate = Date;

/** Does some work at one instant, that of now; a test that set the clock itself keeps it. */
export async function atOneInstant<Result>(work: () => Promise<Result>): Promise<Result> {
  if (Date !== RealDate) return work();
  fakeDate(Date.now());
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}

/**
 * Sets the clock that `Date` reads and nothing else: timers, sockets and `performance` run on (`runner/globals.ts`). Undone
 * by `jest.useRealTimers()`. oidc-provider and the test browser read `Date.now()` themselves.
 */
export function fakeDate(now: Date | number): void {
  jest.useFakeTimers({ now });
}
