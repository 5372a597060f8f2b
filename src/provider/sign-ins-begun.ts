import type { Context } from "koa";
import { hours } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";

/** A sign-in to our own pages that a browser has begun, and the page that it leads to. */
interface SignInBegun {
  readonly state: string;
  readonly page: string;
}

/** Left in the browser for as long as a page with a form may well be left open. */
const cookie = ownCookie("sign-in", { path: "/sign-in", lifeSeconds: hours(24) });

/** A cookie holds 4096 characters with its name, attributes and signature. */
const longestValue = 3000;

/** The newest comes first: each tab has its own, and ends by its own. */
export const signInsBegun = {
  add: (ctx: Context, begun: SignInBegun): void => {
    write(ctx, [begun, ...read(ctx)]);
  },
  /** Takes out the one that has this state. @returns its page; undefined: none has, it is another browser's or long ago */
  take: (ctx: Context, state: unknown) => taken(ctx, (begun) => begun.state === state),
  /** Takes out the newest: the one that could not go on. */
  takeNewest: (ctx: Context) => taken(ctx, () => true),
};

function taken(ctx: Context, isIt: (begun: SignInBegun) => boolean): string | undefined {
  const begun = read(ctx);
  const found = begun.find(isIt);
  const others = begun.filter((each) => each !== found);
  if (found) write(ctx, others);
  return found?.page;
}

// Neither a state nor a page of ours holds a space.
function read(ctx: Context): SignInBegun[] {
  return (cookie.read(ctx) ?? "").split(" ").flatMap((text) => {
    const [, state, page] = /^([^:]+):(.*)$/.exec(text) ?? [];
    return state !== undefined && page !== undefined ? [{ state, page }] : [];
  });
}

function write(ctx: Context, begun: readonly SignInBegun[]): void {
  const texts = begun.map(({ state, page }) => `${state}:${page}`);
  while (texts.join(" ").length > longestValue && texts.length > 1) texts.pop();
  if (texts.length === 0) cookie.clear(ctx);
  else cookie.write(ctx, texts.join(" "));
}
