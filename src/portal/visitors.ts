import { randomBytes } from "node:crypto";
import type { Context } from "koa";
import { ExpiringMap } from "./expiring-map.ts";
import type { EndedSession } from "./logout-token.ts";
import type { Identity, LoginAttempt } from "./open-id.ts";

// Cookies know no port: on localhost the provider's stand beside these, so their names must differ.
const sessionCookie = "portal_session";
const browserCookie = "portal_browser";

/** An attempt belongs to the browser that began it: a stranger's answer cannot be slipped in. */
interface BrowserAttempt extends LoginAttempt {
  readonly browser: string;
}

/**
 * Who visits the portal: login attempts under way, kept one by one so that two tabs can sign in, and
 * sessions, under random cookies. Both end with time, and with the process.
 */
export class Visitors {
  readonly #attempts: ExpiringMap<BrowserAttempt>;
  readonly #sessions: ExpiringMap<Identity>;
  /** Whose pages ask the provider first. */
  readonly #stale = new WeakSet<Identity>();
  readonly #secure: boolean;

  /** @param settings `now` tells the instant in milliseconds; `secure` keeps cookies to https */
  constructor({ now, secure }: { readonly now: () => number; readonly secure: boolean }) {
    this.#attempts = new ExpiringMap({ lifetimeSeconds: 3600, capacity: 10_000, now });
    this.#sessions = new ExpiringMap({ lifetimeSeconds: 8 * 3600, capacity: 10_000, now });
    this.#secure = secure;
  }

  /** Who is signed in, in the browser that asks. */
  identity(ctx: Context): Identity | undefined {
    return this.#sessions.get(this.#read(ctx, sessionCookie));
  }

  /** Keeps an attempt for the way back. */
  remember(ctx: Context, attempt: LoginAttempt): void {
    const browser = this.#read(ctx, browserCookie) || randomId();
    this.#write(ctx, browserCookie, browser);
    this.#attempts.set(attempt.state, { ...attempt, browser });
  }

  /** The attempt of that state, once, and only for the browser that began it. */
  takeAttempt(ctx: Context, state: string): LoginAttempt | undefined {
    const attempt = this.#attempts.get(state);
    if (attempt?.browser !== this.#read(ctx, browserCookie)) return undefined;
    return this.#attempts.take(state);
  }

  /** Opens a session under a new cookie, in place of an earlier one. */
  signIn(ctx: Context, identity: Identity): void {
    this.#sessions.delete(this.#read(ctx, sessionCookie));
    const id = randomId();
    this.#sessions.set(id, identity);
    this.#write(ctx, sessionCookie, id);
  }

  /** Ends the session, and tells whose it was. */
  signOut(ctx: Context): Identity | undefined {
    const identity = this.#sessions.take(this.#read(ctx, sessionCookie));
    // A POST from another site comes without the cookie (SameSite): it must not clear it either.
    if (identity) this.#write(ctx, sessionCookie, null);
    return identity;
  }

  /** Ends what the provider says has ended, in whichever browser: the session of that name, or all of that person. */
  end({ sub, sid }: EndedSession): void {
    this.#sessions.deleteWhere((identity) =>
      sid === undefined ? identity.claims["sub"] === sub : identity.sid === sid,
    );
  }

  /** What a person may has changed: {@link Visitors.isStale} in each of their browsers until they come back from the provider. */
  askAnew(sub: string): void {
    this.#sessions.forEach((identity) => {
      if (identity.claims["sub"] === sub) this.#stale.add(identity);
    });
  }

  /** Whether what is known of them is not so any more. */
  isStale(identity: Identity): boolean {
    return this.#stale.has(identity);
  }

  #read(ctx: Context, name: string): string {
    return ctx.cookies.get(name, { signed: false }) ?? "";
  }

  #write(ctx: Context, name: string, value: string | null): void {
    // TLS may end at a proxy in front: the address that browsers use decides, not the socket.
    ctx.cookies.secure = this.#secure;
    const attributes = { httpOnly: true, sameSite: "lax", path: "/", signed: false } as const;
    ctx.cookies.set(name, value, { ...attributes, secure: this.#secure });
  }
}

function randomId(): string {
  return randomBytes(32).toString("base64url");
}
