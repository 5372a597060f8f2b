import type { Context } from "koa";
import { minutes } from "../foundation/index.ts";
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

/** @param issuer on https the names take the `__Host-` prefix: no other host can plant them. */
export function browserCookies(issuer: string): BrowserCookies {
  const secure = issuer.startsWith("https:");
  const prefix = secure ? "__Host-" : "";
  const read = (ctx: Context, name: string) => ctx.cookies.get(prefix + name, { signed: true });
  const write = (ctx: Context, name: string, value: string, lifeSeconds: number) => {
    const maxAge = lifeSeconds * 1000;
    ctx.cookies.set(prefix + name, value, {
      signed: true,
      httpOnly: true,
      sameSite: "lax",
      secure,
      path: "/",
      maxAge,
      overwrite: true,
    });
  };
  // The newest in a cookie of its own: 0.2.0 knows no other.
  const signUps = (ctx: Context) =>
    [read(ctx, "signup") ?? "", ...(read(ctx, "signups-before") ?? "").split("~")].flatMap(
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
      if (before !== "") write(ctx, "signups-before", before, markLifeSeconds);
      write(ctx, "signup", written(mark), markLifeSeconds);
    },
    recovery: (ctx) => {
      const kept = read(ctx, "recovery");
      return kept && Buffer.from(kept, "base64url").toString("utf8");
    },
    setRecovery: (ctx, typedEmail) =>
      write(ctx, "recovery", Buffer.from(typedEmail).toString("base64url"), minutes(10)),
    known: (ctx) => read(ctx, "known-browser"),
    setKnown: (ctx, secret) => write(ctx, "known-browser", secret, knownBrowserSeconds),
  };
}

function written({ id, secret }: SignUpMark): string {
  return `${id}.${secret}`;
}
