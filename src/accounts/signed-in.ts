import type { Context } from "koa";
import { type Clock, minutes } from "../foundation/index.ts";
import type { Account } from "./account.ts";
import type { CurrentSession, ReadSession } from "./current-account.ts";
import { noteWhosePage, onlyFromOwnPage, seeOther } from "../web/index.ts";
import { keptPath } from "./kept-form-routes.ts";
import { type KeptForms, notKept } from "./kept-forms.ts";
import { lastSender, noteSender, noteWaiting } from "./last-sender.ts";

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
  /** Nobody loses what they sent without a word: where it waits, or where it is said that it does not. */
  const keptAt = async (ctx: Context, session: CurrentSession | undefined) => {
    if (ctx.method !== "POST") return undefined;
    const sender = session?.account ?? lastSender(ctx, "/account");
    const kept = sender && (await keptForms.keep(ctx, sender, { route: "", params: {} }));
    if (kept !== undefined) noteWaiting(ctx, "/account", kept);
    return `${keptPath}/${kept ?? notKept}`;
  };
  const door =
    (oldestSeconds: number): SignedInDoors["signedIn"] =>
    (returnTo, answer) =>
    async (ctx) => {
      const session = await readSession(ctx);
      const age = clock.epochSeconds() - (session?.authenticatedAt ?? 0);
      if (session && !session.isIdle && age <= oldestSeconds) {
        noteSender(ctx, "/account", session.account);
        noteWhosePage(ctx, session.account.sub);
        onlyFromOwnPage(ctx, "/account");
        return answer(ctx, session.account);
      }
      const fresh = session ? "&fresh=1" : "";
      seeOther(ctx, `/sign-in?return_to=${(await keptAt(ctx, session)) ?? returnTo}${fresh}`);
    };
  return { signedIn: door(Infinity), freshlySignedIn: door(freshSeconds) };
}
