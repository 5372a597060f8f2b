import type Provider from "oidc-provider";
import type { ArtifactStore, Removal } from "../artifacts/index.ts";
import { type Clock, type Joined, type Outcome, accepted, faultWord } from "../foundation/index.ts";
import {
  type DeliveryReason,
  type OpenChannel,
  type Outbox,
  failedDelivery,
  mayBeKnownElsewhere,
} from "../outbox/index.ts";
import type { Database, Transaction } from "../storage/index.ts";

/** A session at a client that has ended, for whatever reason. */
export interface LogoutNotice {
  readonly clientId: string;
  readonly sub: string;
  /** The session as the client knows it; absent when it is not known any more. */
  readonly sid?: string | undefined;
  /** The digest of the grant that ended: a session may outlive several of one client. */
  readonly grant?: string | undefined;
}

/** Why sessions at clients ended. `voided`: what they were signed in with counts no more. */
export type EndingReason =
  "signed-out" | "session-ended" | "voided" | "access-closed" | "consent-withdrawn";

/** Told in the transaction of the notices. */
export type SessionsEndedWithin = Joined<
  [transaction: Transaction, ended: readonly LogoutNotice[], why: EndingReason]
>;

/**
 * Tells clients that a session of theirs has ended (OpenID Connect Back-Channel Logout 1.0): after a
 * sign-out, when an access closes, when an account is disabled or its password changes. The notices wait
 * in the outbox, so no sign-out waits for a client, and a client that is down is told later.
 */
export interface LogoutNotices extends Pick<Outbox, "wake" | "idle" | "stop" | "purge"> {
  /**
   * Adds a notice for each client that wants one, once a client and session; who listens writes in the same transaction.
   * @param why undefined: who listens hears of it elsewhere
   */
  readonly add: (notices: readonly LogoutNotice[], why?: EndingReason) => Promise<void>;
  /** Lets those who listen write alone: the clients have had their notices. */
  readonly tell: (ended: readonly LogoutNotice[], why: EndingReason) => Promise<void>;
  /** Who sends: the provider that runs in this process. */
  readonly sendBy: (send: SendNotice) => void;
}

/** @returns false where this provider does not know the client */
type SendNotice = (notice: LogoutNotice) => Promise<boolean>;

/** What the notices are built of. */
export interface LogoutNoticeParts {
  readonly openChannel: OpenChannel;
  readonly database: Database;
  readonly clock: Clock;
  /** Whether the client has a `backchannel_logout_uri`. */
  readonly wantsNotice: (clientId: string) => boolean;
  /** Who else writes of an end. */
  readonly endedWithin?: SessionsEndedWithin | undefined;
}

const parallelSends = 8;

/** One relying party that hangs must not keep the others waiting. */
const parallelSendsADestination = 2;

/** Notices as one channel of the outbox. */
export function createLogoutNotices(parts: LogoutNoticeParts): LogoutNotices {
  let send: SendNotice | undefined;
  const outbox = parts.openChannel({
    of: "logoutNotices",
    channel: "back-channel-logout",
    // Each is called by its client, as staff see it.
    kind: "logout",
    courier: {
      parallelSends,
      parallelSendsADestination,
      deliver: (content, entry) =>
        deliver(send, content as LogoutNotice, {
          elsewhere: mayBeKnownElsewhere(entry, parts.clock.epochSeconds()),
        }),
      close: () => undefined,
      givenUp: ({ name: clientId }, error) => ({
        name: "back-channel-logout-failed",
        clientId,
        details: { error },
      }),
    },
  });
  return {
    ...outbox,
    sendBy: (sender) => {
      send = sender;
    },
    tell: async (ended, why) => {
      const { endedWithin, database } = parts;
      if (ended.length === 0 || !endedWithin?.isJoined()) return;
      await database.transaction((transaction) => endedWithin.tell(transaction, ended, why));
    },
    add: async (notices, why) => {
      const isWritten = await writeNotices(parts, outbox, notices, why);
      if (isWritten) outbox.wake();
    },
  };
}

/** One notice a session and client, in the transaction in which who listens is told. @returns false when there is nobody to tell */
async function writeNotices(
  { endedWithin, wantsNotice, database }: LogoutNoticeParts,
  outbox: Outbox,
  notices: readonly LogoutNotice[],
  why: Parameters<LogoutNotices["add"]>[1],
): Promise<boolean> {
  const heard = why !== undefined && notices.length > 0 && endedWithin?.isJoined();
  const wanted = notices.filter(({ clientId }) => wantsNotice(clientId));
  const once = new Map(wanted.map((notice) => [`${notice.clientId} ${notice.sid ?? ""}`, notice]));
  if (once.size === 0 && !heard) return false;
  await database.transaction(async (within) => {
    for (const notice of once.values()) {
      const { clientId: name, sub: accountSub } = notice;
      await outbox.add(within, { name, content: notice, accountSub, destination: name });
    }
    if (heard) await endedWithin?.tell(within, notices, why);
  });
  return true;
}

async function deliver(
  send: SendNotice | undefined,
  notice: LogoutNotice,
  known: { readonly elsewhere: boolean },
): Promise<Outcome<undefined, DeliveryReason>> {
  try {
    if (!send) throw new Error("no provider sends here");
    if ((await send(notice)) || !known.elsewhere) return accepted(undefined);
    return failedDelivery(undefined, "client not served");
  } catch (error) {
    return failedDelivery(error, causeOf(error));
  }
}

/** Machine words: what a client answers may repeat what it was sent. */
function causeOf(error: unknown): string {
  const { response } = error as { response?: { status: number } };
  return response ? `HTTP ${response.status}` : (faultWord(error) ?? "unknown");
}

/** The sessions at clients that a removal of artifacts has ended. */
export function endedSessions({ sessions, grants }: Removal): LogoutNotice[] {
  const ofSessions = sessions.flatMap(({ accountId, payload }) =>
    Object.entries(authorizationsOf(payload)).map(([clientId, { sid }]) => ({
      clientId,
      sub: accountId ?? "",
      sid,
    })),
  );
  const ofGrants = grants.flatMap(({ accountId, clientId, session, grantDigest }) =>
    clientId === undefined
      ? []
      : [
          {
            ...{ clientId, sub: accountId ?? "", grant: grantDigest },
            sid: authorizationsOf(session)[clientId]?.sid,
          },
        ],
  );
  return [...ofSessions, ...ofGrants].filter(({ sub }) => sub !== "");
}

function authorizationsOf(session: Readonly<Record<string, unknown>> | undefined) {
  return (session?.["authorizations"] ?? {}) as Record<string, { sid?: string }>;
}

/**
 * What the library's sign-out leaves to do, before the session is gone: of its clients only those with an address for notices
 * are named to it, and who listens hears of all; and of the grants of each client it ends the last alone. Behind the end of the
 * session a fault would leave the others for as long as they live, and nobody would be told of it.
 */
export function endWithSession(
  provider: Provider,
  {
    notices,
    artifacts,
  }: {
    readonly notices: Pick<LogoutNotices, "tell">;
    readonly artifacts: Pick<ArtifactStore, "removeSession">;
  },
): void {
  const session = provider.Session.prototype as unknown as DestroyedSession;
  const destroyOnce = session.destroy;
  session.destroy = async function () {
    const payload = { authorizations: this.authorizations };
    const ended = { uidDigest: undefined, accountId: this.accountId, payload };
    await notices.tell(endedSessions({ sessions: [ended], grants: [] }), "signed-out");
    if (this.accountId !== undefined) await artifacts.removeSession(this.uid);
    await destroyOnce.call(this);
  };
}

/**
 * The library tells clients itself, within the person's own sign-out, and once. Here its clients write
 * notices instead, and the notices use the library to make and send the token.
 */
export function tellByNotices(provider: Provider, notices: LogoutNotices): void {
  const client = provider.Client.prototype as unknown as NotifiedClient;
  const sendOnce = client.backchannelLogout;
  client.backchannelLogout = async function (sub, sid) {
    await notices.add([{ clientId: this.clientId, sub, sid }]);
  };
  // It only tells of a notice that could not be written, and would end the session all the same.
  provider.on("backchannel.error", (_ctx, fault) => {
    throw fault;
  });
  notices.sendBy(async ({ clientId, sub, sid }) => {
    const found = (await provider.Client.find(clientId)) as unknown as NotifiedClient | undefined;
    // A client that wants no notice now has nobody to be told.
    if (found?.backchannelLogoutUri) await sendOnce.call(found, sub, sid);
    return found !== undefined;
  });
}

/** A session, as far as it is read here. */
interface DestroyedSession {
  readonly uid: string;
  readonly accountId?: string;
  readonly authorizations?: Readonly<Record<string, unknown>>;
  destroy: (this: DestroyedSession) => Promise<void>;
}

/** What the library's types do not say of a client. */
interface NotifiedClient {
  readonly clientId: string;
  readonly backchannelLogoutUri?: string;
  backchannelLogout: (this: NotifiedClient, sub: string, sid: string | undefined) => Promise<void>;
}
