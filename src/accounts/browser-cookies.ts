import type { Context } from "koa";
import { minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import { knownBrowserSeconds } from "./known-browser-store.ts";
import { type SignUpMark, leastLinkSeconds, signUpLifeSeconds } from "./sign-up.ts";

/** What this room leaves in a browser: signed, out of reach of scripts, sent by no other site's form. */
export interface BrowserCookies {
  /** Every sign-up of this browser that it still knows, the newest first. */
  readonly signUps: (ctx: Context) => SignUpMark[];
  /** Adds one; the oldest of six is forgotten. */
  readonly addSignUp: (ctx: Context, mark: SignUpMark) => void;
  /** The address that this browser last asked a recovery for, to show it on the next page. */
  readonly recovery: (ctx: Context) => string | undefined;
  readonly setRecovery: (ctx: Context, typedEmail: string) => void;
  /** The secret of a browser that signed in before. */
  readonly known: (ctx: Context) => string | undefined;
  readonly setKnown: (ctx: Context, secret: string) => void;
}

/** Tabs of one browser that sign up at the same time, each of which may ask for its letter again. */
const mostSignUps = 5;

/** As long as a letter may be asked for again. */
const markLifeSeconds = signUpLifeSeconds - leastLinkSeconds;

const cookies = {
  signUp: ownCookie("signup", { lifeSeconds: markLifeSeconds }),
  signUpsBefore: ownCookie("signups-before", { lifeSeconds: markLifeSeconds }),
  recovery: ownCookie("recovery", { lifeSeconds: minutes(10) }),
  known: ownCookie("known-browser", { lifeSeconds: knownBrowserSeconds }),
};

/** The cookies of this room. */
export function browserCookies(): BrowserCookies {
  // The newest in a cookie of its own: 0.2.0 knows no other.
  const signUps = (ctx: Context) =>
    [cookies.signUp.read(ctx) ?? "", ...(cookies.signUpsBefore.read(ctx) ?? "").split("~")].flatMap(
      (kept) => {
        const [id, secret] = kept.split(".");
        return id && secret ? [{ id, secret }] : [];
      },
    );
  return {
    signUps,
    addSignUp: (ctx, mark) => {
      const before = signUps(ctx)
        .slice(0, mostSignUps - 1)
        .map(written)
        .join("~");
      if (before !== "") cookies.signUpsBefore.write(ctx, before);
      cookies.signUp.write(ctx, written(mark));
    },
    recovery: (ctx) => {
      const kept = cookies.recovery.read(ctx);
      return kept && Buffer.from(kept, "base64url").toString("utf8");
    },
    setRecovery: (ctx, typedEmail) =>
      cookies.recovery.write(ctx, Buffer.from(typedEmail).toString("base64url")),
    known: cookies.known.read,
    setKnown: (ctx, secret) => cookies.known.write(ctx, secret),
  };
}

function written({ id, secret }: SignUpMark): string {
  return `${id}.${secret}`;
}
