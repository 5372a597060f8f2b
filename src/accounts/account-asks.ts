import type { Context } from "koa";
import { Ask, Joined } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Account } from "./account.ts";
import type { AccountChangedWithin } from "./account-change.ts";
import type { OwnEstablishments } from "./account-routes.ts";
import type { OwnSessions, ReadSession } from "./current-account.ts";
import type { DeletionParts } from "./deletion.ts";
import type { Journey } from "./journey.ts";
import type { WhenValidated } from "./validation.ts";

/** What this room asks of the rooms above it, each answered by the one that knows. */
export type AccountAsks = ReturnType<typeof accountAsks>;

/** Asked when an act or a page needs it, and never while the rooms are opened. */
export function accountAsks() {
  return {
    /** Ends what an account let in: sessions, grants, tokens. */
    endAll: new Ask<(sub: string) => Promise<void>>("what ends sessions and tokens"),
    /** Ends the sessions alone that an account's credentials void. */
    endVoid: new Ask<(account: Account) => Promise<void>>("what ends void sessions"),
    /** What waited for an address opens with it. */
    whenValidated: new Ask<WhenValidated>("what a validated address was invited to"),
    /** Told in the transaction in which an account is disabled. */
    disabledWithin: new Ask<(transaction: Transaction, account: Account) => Promise<void>>(
      "who hears of a disabled account",
    ),
    /** Told in the transaction in which an account changes. */
    changedWithin: new Joined<Parameters<AccountChangedWithin>>(),
    /** Closes everything that is open to an account, in the transaction that deletes it. */
    closeAccesses: new Ask<DeletionParts["closeAccesses"]>("what is open to an account"),
    /** An account as it is now. */
    findAccount: new Ask<(sub: string) => Promise<Account | undefined>>("an account by sub"),
    /** Who is signed in on the browser of a request. */
    readSession: new Ask<ReadSession>("the session of a request"),
    sessions: new Ask<() => OwnSessions>("the sessions of a person"),
    /** The authorization that a page stands in. */
    journeyWithin: new Ask<(ctx: Context) => Journey | undefined>("the journey of a request"),
    /** Whether a passkey may be offered to a person: they have none, and turn one on by themselves. */
    mayAddPasskey: new Ask<(account: Account) => Promise<boolean>>("the passkeys of a person"),
    /** Where an account finds the organisations that it has the care of; undefined without any. */
    organisationsUrl: new Ask<(account: Account) => Promise<string | undefined>>(
      "the organisations of an account",
    ),
    ownEstablishments: new Ask<(account: Account, typed: string) => Promise<OwnEstablishments>>(
      "what is open to an account",
    ),
  };
}
