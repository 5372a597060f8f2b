import type { Context } from "koa";
import {
  type Account,
  type OpenSession,
  type OwnSessions,
  type ReadSession,
  isIdleStaff,
  noteStaffPresence,
  stillCounts,
} from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import { type ClientMetadata, serviceName } from "../clients/index.ts";
import { type Clock, isoInstant } from "../foundation/index.ts";
import { byPassword, byTwoFactors, hasTwoFactors } from "./authentication-levels.ts";
import { carriedBy, carry, carryBrowser, isShared, openedInOf } from "./carried-credentials.ts";
import { lifeOf, provenAt } from "./session-life.ts";
import type { Library } from "./library.ts";
import { ownClientId } from "./own-client.ts";
import type { Revocation } from "./revocation.ts";
import { idOf } from "./session-name.ts";

/** What is read of people's sessions, and what ends them. */
export interface OwnSessionParts {
  readonly library: Library;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly revocation: Revocation;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly hasSecondFactor: (sub: string) => Promise<boolean>;
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
}

/** What a session's payload holds for us. */
interface SessionPayload {
  readonly uid: string;
  readonly loginTs?: number;
  readonly exp?: number;
  readonly amr?: readonly string[];
  readonly authorizations?: Readonly<Record<string, object>>;
}

/**
 * Who is signed in, by the provider's own session and the rules that an authorization judges it by: a session
 * that an authorization would ask the second factor of is nobody's yet.
 */
export function createCurrentSession(parts: OwnSessionParts): ReadSession {
  return async (ctx) => {
    const session = await parts.library.sessionOf(ctx);
    const { accountId, amr = [] } = session;
    const account = accountId === undefined ? undefined : await parts.findAccount(accountId);
    if (account?.state !== "active" || !isLiving(session, account, parts.clock)) return undefined;
    if (!hasTwoFactors(amr) && (await parts.hasSecondFactor(account.sub))) return undefined;
    const authenticatedAt = provenAt(session, parts.clock);
    const proven = { account, id: idOf(session), authenticatedAt, amr };
    const current = { ...proven, isShared: isShared(session) };
    const isIdle = isIdleStaff(ctx, account, current, parts.clock);
    if (!isIdle) noteStaffPresence(ctx, account, current, parts.clock);
    return { ...current, isIdle };
  };
}

/** What a person is given of their sessions, the newest first. */
export function createSessionExport(
  parts: Pick<OwnSessionParts, "artifacts" | "clock" | "findAccount" | "findClient">,
): (person: { readonly sub: string }) => Promise<object[]> {
  return async ({ sub }) => {
    const account = await parts.findAccount(sub);
    const living = account ? await livingSessions(parts, account) : [];
    return [...living]
      .sort((left, right) => (right.loginTs ?? 0) - (left.loginTs ?? 0))
      .map((session) => ({
        since: isoInstant(session.loginTs ?? 0),
        ...openedInOf(session),
        services: servicesOf(session, parts),
      }));
  };
}

/** The sessions of one person, on the provider's own. */
export function createOwnSessions(parts: OwnSessionParts): OwnSessions {
  const { library, revocation } = parts;
  return {
    list: async (ctx, account) => {
      const { uid } = await library.sessionOf(ctx);
      const living = await livingSessions(parts, account);
      return living
        .map((session) => shown(session, uid, parts))
        .sort(
          (left, right) =>
            Number(right.isCurrent) - Number(left.isCurrent) || right.since - left.since,
        );
    },
    end: async (account, id) => {
      const session = (await livingSessions(parts, account)).find((each) => idOf(each) === id);
      if (session) await revocation.ofSession(session.uid);
      return session !== undefined;
    },
    endOthers: async (ctx, account) => {
      const { uid } = await library.sessionOf(ctx);
      const others = (await livingSessions(parts, account)).filter((each) => each.uid !== uid);
      for (const other of others) await revocation.ofSession(other.uid);
      return others.length;
    },
    renewal: (ctx) => renewal(ctx, library),
    strengthen: async (ctx, account, method) => {
      const session = await library.sessionOf(ctx);
      if (session.accountId !== account.sub || hasTwoFactors(session.amr)) return;
      Object.assign(session, byTwoFactors(method));
      session.resetIdentifier();
      await session.persist();
      setSessionCookie(ctx, library, session.jti);
    },
  };
}

function shown(
  session: SessionPayload,
  currentUid: string,
  parts: Pick<OwnSessionParts, "findClient">,
): OpenSession {
  return {
    id: idOf(session),
    since: session.loginTs ?? 0,
    openedIn: openedInOf(session),
    lastUsedAt: session.exp === undefined ? undefined : session.exp - lifeOf(session),
    services: servicesOf(session, parts),
    isCurrent: session.uid === currentUid,
    isShared: isShared(session),
  };
}

/** What goes on of a session when another follows it is read at once, before the first is ended. */
async function renewal(ctx: Context, library: Library): ReturnType<OwnSessions["renewal"]> {
  const before = await library.sessionOf(ctx);
  const { amr = byPassword.amr, acr = byPassword.acr } = before;
  return async (account, passwordGivenAt) => {
    const session = new (library.now().Session)();
    // The password alone is not what a sign-in by two factors was.
    const loginTs = (hasTwoFactors(amr) ? undefined : passwordGivenAt) ?? before.loginTs ?? 0;
    session.loginAccount({ accountId: account.sub, loginTs, amr, acr, transient: true });
    carry(session, account.credentials);
    carryBrowser(session, before);
    await session.save(lifeOf(session));
    setSessionCookie(ctx, library, session.jti);
  };
}

async function livingSessions(
  { artifacts, clock }: Pick<OwnSessionParts, "artifacts" | "clock">,
  account: Account,
): Promise<readonly SessionPayload[]> {
  const sessions = (await artifacts.sessionsOf(account.sub)) as unknown as SessionPayload[];
  return sessions.filter((session) => isLiving(session, account, clock));
}

/** As the library sets it, which has no way to do so outside its own endpoints. */
function setSessionCookie(ctx: Context, library: Library, value: string): void {
  ctx.cookies.set(library.now().cookieName("session"), value, {
    signed: true,
    httpOnly: true,
    sameSite: "lax",
    secure: ctx.secure,
    overwrite: true,
  });
}

function isLiving(session: object, account: Account, clock: Clock): boolean {
  const { loginTs = 0 } = session as Pick<SessionPayload, "loginTs">;
  return stillCounts({ credentials: carriedBy(session), at: loginTs }, account, clock);
}

/** The uid itself stays on the server. */
function servicesOf(
  { authorizations = {} }: SessionPayload,
  { findClient }: Pick<OwnSessionParts, "findClient">,
): string[] {
  return Object.keys(authorizations)
    .filter((clientId) => clientId !== ownClientId)
    .flatMap((clientId) => findClient(clientId) ?? [])
    .map(serviceName);
}
