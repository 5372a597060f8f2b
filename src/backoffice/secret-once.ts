import type { Context } from "koa";
import { type Clock, type Encryption, minutes } from "../foundation/index.ts";
import type { StaffMember } from "./staff-member.ts";

/** How long a new secret waits to be shown. */
const waitSeconds = minutes(2);

/**
 * Shows a client's new secret once, on the page behind the form that made it. The server keeps its
 * digest alone, so it travels to that page in a cookie: encrypted, for that page, that client and that
 * person. Rejected: to answer the form with the page, which a reload would send again.
 */
export function secretOnce({
  encryption,
  clock,
}: {
  readonly encryption: Encryption;
  readonly clock: Clock;
}) {
  const place = (staff: StaffMember, clientId: string) =>
    `client-secret:${staff.account.sub}:${clientId}`;
  return {
    /** Leaves the secret for the page of the client. */
    leave: (ctx: Context, staff: StaffMember, clientId: string, secret: string) => {
      const endsAt = clock.epochSeconds() + waitSeconds;
      const value = encryption.encrypt(`${endsAt} ${secret}`, place(staff, clientId));
      setCookie(ctx, clientId, value, waitSeconds);
    },
    /** @returns the secret that was left for this person, the one time it is asked for */
    take: (ctx: Context, staff: StaffMember, clientId: string): string | undefined => {
      const value = ctx.cookies.get(cookieName(ctx), { signed: true });
      if (!value) return undefined;
      setCookie(ctx, clientId, "", 0);
      try {
        const [endsAt, secret] = encryption.decrypt(value, place(staff, clientId)).split(" ");
        return clock.epochSeconds() < Number(endsAt) ? secret : undefined;
      } catch {
        // Left for somebody else, or under a key that is gone: there is nothing to show.
        return undefined;
      }
    },
  };
}

/** The page of a client. */
export function clientUrl(clientId: string): string {
  return `/admin/clients/${encodeURIComponent(clientId)}`;
}

function setCookie(ctx: Context, clientId: string, value: string, seconds: number): void {
  ctx.cookies.set(cookieName(ctx), value, {
    signed: true,
    httpOnly: true,
    sameSite: "strict",
    secure: ctx.secure,
    path: clientUrl(clientId),
    maxAge: seconds * 1000,
    overwrite: true,
  });
}

function cookieName(ctx: Context): string {
  return ctx.secure ? "__Secure-client-secret" : "client-secret";
}
