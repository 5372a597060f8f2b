import type { Context } from "koa";
import type { Account } from "./account.ts";

/**
 * Who is signed in on the browser of a request: an active account whose password has not changed since.
 * A port: the session of a person is the provider's own, and `provider/` reads it.
 */
export type CurrentAccount = (ctx: Context) => Promise<Account | undefined>;

/** Who is signed in, and how. */
export interface CurrentSession {
  readonly account: Account;
  /** Names the session; it opens nothing. */
  readonly id: string;
  /** When the password was given, epoch seconds. */
  readonly authenticatedAt: number;
  /** In the words of RFC 8176; it holds `mfa` once a second factor was used. */
  readonly amr: readonly string[];
  /** Whether its person said that others use the computer: nothing is remembered of them there. */
  readonly isShared: boolean;
  /** Of staff, and left alone for an hour: it lets into nothing before its person confirms who they are. */
  readonly isIdle: boolean;
}

/** The whole of which {@link CurrentAccount} is the account. */
export type ReadSession = (ctx: Context) => Promise<CurrentSession | undefined>;

/** What a session keeps of where it was opened: names of families, never what the browser sent. */
export interface OpenedIn {
  readonly browser?: string | undefined;
  readonly system?: string | undefined;
  /** The truncated network address. */
  readonly network?: string | undefined;
}

/** A browser in which a person is signed in. */
export interface OpenSession {
  /** Names the session among the person's own; it opens nothing. */
  readonly id: string;
  /** When the person signed in there, epoch seconds. */
  readonly since: number;
  /** Undefined where a session does not say: of release 0.2.0, or of a browser that names itself in no known way. */
  readonly openedIn: OpenedIn;
  /** When it was last signed on with, epoch seconds. */
  readonly lastUsedAt: number | undefined;
  /** What its relying parties are called. */
  readonly services: readonly string[];
  /** Whether it is the browser of this request. */
  readonly isCurrent: boolean;
  /** Whether its person said that others use the computer. */
  readonly isShared: boolean;
}

/**
 * Signs a browser in anew.
 * @param account as the change of its own person left it: a change by others since is not renewed over
 * @param passwordGivenAt when the password was given for the change, if it was
 */
export type Renew = (account: Account, passwordGivenAt?: number) => Promise<void>;

/** The sessions of one person, a port like {@link CurrentAccount}. */
export interface OwnSessions {
  /** This browser's first, then the newest first. */
  readonly list: (ctx: Context, account: Account) => Promise<readonly OpenSession[]>;
  /** Ends a session of the person and what was granted in it. @returns false when there is none of this id */
  readonly end: (account: Account, id: string) => Promise<boolean>;
  /** Ends every session of the person but that of this browser. @returns how many */
  readonly endOthers: (ctx: Context, account: Account) => Promise<number>;
  /** Notes that a second factor was used in this browser's session, which gets another identifier. */
  readonly strengthen: (
    ctx: Context,
    account: Account,
    method: "otp" | "hwk" | "swk",
  ) => Promise<void>;
  /**
   * Remembers when and with which factors this browser is signed in.
   * @returns what signs it in anew with the same, once everything older has ended
   */
  readonly renewal: (ctx: Context) => Promise<Renew>;
}

/** The account of a session that is read. */
export function currentAccountOf(readSession: ReadSession): CurrentAccount {
  return async (ctx) => {
    const session = await readSession(ctx);
    return session?.isIdle === false ? session.account : undefined;
  };
}

/** Sessions of a room that answers once it is opened. */
export function askedSessions(ask: () => OwnSessions): OwnSessions {
  return {
    list: (...given) => ask().list(...given),
    end: (...given) => ask().end(...given),
    endOthers: (...given) => ask().endOthers(...given),
    strengthen: (...given) => ask().strengthen(...given),
    renewal: (...given) => ask().renewal(...given),
  };
}
