import type { Context } from "koa";

/** What a cookie is read from and written to. */
type CookieContext = Pick<Context, "cookies" | "secure">;

/** Where a cookie stands and how long; what is not told is as the cookie was made. */
interface CookiePlace {
  readonly path?: string;
  /** Undefined: as long as the browser runs. */
  readonly lifeSeconds?: number | undefined;
}

/** A cookie of ours, out of reach of scripts. */
export interface OwnCookie {
  /** @returns undefined when there is none, or its signature is not ours */
  readonly read: (ctx: CookieContext) => string | undefined;
  readonly write: (ctx: CookieContext, value: string, place?: CookiePlace) => void;
  readonly clear: (ctx: CookieContext, place?: Pick<CookiePlace, "path">) => void;
}

/**
 * Every cookie of ours beside the library's: signed unless told, kept from scripts and from other sites' forms. On https its
 * name takes the prefix that its place allows, so that no other host can plant it: `__Host-` for all pages, else `__Secure-`.
 * @param options.path "/" unless told; the place of each value, where it has its own
 */
export function ownCookie(
  name: string,
  options: CookiePlace & {
    readonly sameSite?: "lax" | "strict";
    readonly signed?: boolean;
    /** Whether each value has a path of its own. */
    readonly scoped?: boolean;
  } = {},
): OwnCookie {
  const {
    path = "/",
    lifeSeconds,
    sameSite = "lax",
    signed = true,
    scoped = path !== "/",
  } = options;
  const prefix = scoped ? "__Secure-" : "__Host-";
  const nameFor = ({ secure }: CookieContext) => (secure ? prefix + name : name);
  const set = (ctx: CookieContext, value: string, at: string, maxAge: number | undefined) => {
    ctx.cookies.set(nameFor(ctx), value, {
      ...{ signed, httpOnly: true, sameSite, secure: ctx.secure, path: at, overwrite: true },
      ...(maxAge !== undefined && { maxAge }),
    });
  };
  return {
    read: (ctx) => ctx.cookies.get(nameFor(ctx), { signed }),
    write: (ctx, value, place = {}) => {
      const seconds = place.lifeSeconds ?? lifeSeconds;
      set(ctx, value, place.path ?? path, seconds === undefined ? undefined : seconds * 1000);
    },
    clear: (ctx, place = {}) => set(ctx, "", place.path ?? path, 0),
  };
}
