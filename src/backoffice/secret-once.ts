import type { Context } from "koa";
import { type Clock, type Encryption, minutes } from "../foundation/index.ts";
import { ownCookie } from "../web/index.ts";
import type { StaffMember } from "./staff-member.ts";

/** How long a new secret waits to be shown. */
const waitSeconds = minutes(2);

/** What is shown once. */
interface OnceKind {
  readonly name: "client-secret" | "enrolment-code";
  /** The page that shows it. */
  readonly pageOf: (id: string) => string;
}

/** A client's secret, on its page. */
export const clientSecret: OnceKind = { name: "client-secret", pageOf: clientUrl };

/** An enrolment code, on the page of the team. */
export const enrolmentCode: OnceKind = { name: "enrolment-code", pageOf: () => "/admin/members" };

/**
 * Shows a new secret once, on the page behind the form that made it. The server keeps its
 * digest alone, so it travels to that page in a cookie: encrypted, for that page, whom it is of and that
 * person. Rejected: to answer the form with the page, which a reload would send again.
 */
export function secretOnce(
  { encryption, clock }: { readonly encryption: Encryption; readonly clock: Clock },
  kind: OnceKind,
) {
  const cookie = ownCookie(kind.name, {
    ...{ scoped: true, sameSite: "strict", lifeSeconds: waitSeconds },
  });
  const place = (staff: StaffMember, id: string) => `${kind.name}:${staff.account.sub}:${id}`;
  return {
    /** Leaves the secret for its page. @param id the client, or the member of staff */
    leave: (ctx: Context, staff: StaffMember, id: string, secret: string) => {
      const endsAt = clock.epochSeconds() + waitSeconds;
      const value = encryption.encrypt(`${endsAt} ${secret}`, place(staff, id));
      cookie.write(ctx, value, { path: kind.pageOf(id) });
    },
    /** @returns the secret that was left for this person, the one time it is asked for */
    take: (ctx: Context, staff: StaffMember, id: string): string | undefined => {
      const value = cookie.read(ctx);
      if (!value) return undefined;
      cookie.clear(ctx, { path: kind.pageOf(id) });
      try {
        const [endsAt, secret] = encryption.decrypt(value, place(staff, id)).split(" ");
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
