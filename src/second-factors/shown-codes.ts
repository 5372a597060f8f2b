import type { Context } from "koa";
import { type Clock, type Encryption, minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import { type Enrolled, type FactorMethod } from "./factor-method.ts";
import { createSealedValues } from "./sealed-values.ts";

/** Recovery codes on their way from the form that made them to the page that shows them. */
export interface ShownCodes {
  readonly method: FactorMethod;
  readonly codes: readonly string[];
}

/**
 * Codes are shown once, by the page that an accepted form leads to: until then they stand in a cookie of the
 * browser that made them, encrypted, for one page, and nowhere on the server.
 */
export interface ShownCodesCookie {
  /** @param path the page that shows them: no other is sent the cookie */
  readonly set: (ctx: Context, path: string, accountSub: string, enrolled: Enrolled) => void;
  /** @returns undefined when nothing waits to be shown at this path, or its person is another */
  readonly find: (ctx: Context, path: string, accountSub: string) => ShownCodes | undefined;
  readonly clear: (ctx: Context, path: string) => void;
}

/** How long a page of codes may be looked at, and loaded again. */
const shownSeconds = minutes(15);

const cookie = ownCookie("recovery-codes", { scoped: true, lifeSeconds: shownSeconds });

/** Builds it on what seals. */
export function shownCodesCookie(parts: {
  readonly clock: Clock;
  readonly encryption: Encryption;
}): ShownCodesCookie {
  const sealed = createSealedValues(parts);
  const place = (path: string, accountSub: string) => `recovery-codes:${accountSub}:${path}`;
  return {
    set: (ctx, path, accountSub, { method, recoveryCodes = [] }) => {
      const value = [method, ...recoveryCodes].join(" ");
      cookie.write(ctx, sealed.seal(place(path, accountSub), value, shownSeconds), { path });
    },
    find: (ctx, path, accountSub) => {
      const kept = cookie.read(ctx) ?? "";
      const value = sealed.open(place(path, accountSub), kept);
      if (value === undefined) return undefined;
      const [method, ...codes] = value.split(" ");
      return { method: method as FactorMethod, codes };
    },
    clear: (ctx, path) => cookie.clear(ctx, { path }),
  };
}
