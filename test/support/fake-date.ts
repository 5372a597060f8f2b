import { jest } from "@jest/globals";

/**
 * Sets the clock that `Date` reads and nothing else: timers, sockets and `performance` run on (`runner/globals.ts`). Undone
 * by `jest.useRealTimers()`. oidc-provider and the test browser read `Date.now()` themselves.
 */
export function fakeDate(now: Date | number): void {
  jest.useFakeTimers({ now });
}
