import type { Context } from "koa";
import { type Clock, minutes } from "../foundation/index.ts";
import type { Account } from "./account.ts";
import type { ReadSession } from "./current-account.ts";
import { seeOther } from "../web/index.ts";
import { keptPath } from "./kept-form-routes.ts";
import type { KeptForms } from "./kept-forms.ts";

/** How old a sign-in may be where something is changed that whoever finds a browser open must not change. */
export const freshSeconds = minutes(15);

/** A request with what its route found in its address. */
type RouteContext = Context & { params: Record<string, string> };

/** What a page of a signed-in person does. */
export type SignedInAnswer = (ctx: RouteContext, account: Account) => Promise<void> | void;

/** A handler of the router. */
type Handler = (ctx: RouteContext) => Promise<void>;

/** Doors in front of the pages of a signed-in person. */
export interface SignedInDoors {
  /** Lets who is signed in through; everybody else signs in, and comes back to `returnTo`. */
  readonly signedIn: (returnTo: string, answer: SignedInAnswer) => Handler;
  /** The same, of a sign-in of the last fifteen minutes. */
  readonly freshlySignedIn: (returnTo: string, answer: SignedInAnswer) => Handler;
}

/** Builds the doors on the session of a request. */
export function createSignedInDoors({
  readSession,
  clock,
  keptForms,
}: {
  readonly readSession: ReadSession;
  readonly clock: Clock;
  readonly keptForms: Pick<KeptForms, "keep">;
}): SignedInDoors {
  const door =
    (oldestSeconds: number): SignedInDoors["signedIn"] =>
    (returnTo, answer) =>
    async (ctx) => {
      const session = await readSession(ctx);
      const age = clock.epochSeconds() - (session?.authenticatedAt ?? 0);
      if (session && !session.isIdle && age <= oldestSeconds) return answer(ctx, session.account);
      const fresh = session ? "&fresh=1" : "";
      // Who is only to confirm who they are loses nothing of what they sent.
      const form = { route: "", params: {} };
      const kept =
        session && ctx.method === "POST"
          ? await keptForms.keep(ctx, session.account, form)
          : undefined;
      const page = kept === undefined ? returnTo : `${keptPath}/${kept}`;
      seeOther(ctx, `/sign-in?return_to=${page}${fresh}`);
    };
  return { signedIn: door(Infinity), freshlySignedIn: door(freshSeconds) };
}
