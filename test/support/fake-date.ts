import { jest } from "@jest/globals";

/**
 * Sets the clock that `Date` reads and nothing else: timers, sockets and `performance` run on. Undone
 * by `jest.useRealTimers()`. oidc-provider and the test browser read `Date.now()` themselves.
 */
export function fakeDate(now: Date | number): void {
  jest.useFakeTimers({
    now,
    doNotFake: [
      "hrtime",
      "nextTick",
      "performance",
      "queueMicrotask",
      "setImmediate",
      "clearImmediate",
      "setInterval",
      "clearInterval",
      "setTimeout",
      "clearTimeout",
    ],
  });
}
