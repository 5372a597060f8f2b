import type { Ground } from "../house/index.ts";
import { AccountPageStore } from "./account-page-store.ts";
import { AccountStore } from "./account-store.ts";
import { AddressChangeStore } from "./address-change-store.ts";
import { KnownBrowserStore } from "./known-browser-store.ts";
import { LetterRequestStore } from "./letter-request-store.ts";
import { OneTimeTokenStore } from "./one-time-token-store.ts";
import { SignUpStore } from "./sign-up-store.ts";

/** The tables of this room. */
export type AccountStores = ReturnType<typeof openAccountStores>;

/** Each table's store, once. */
export function openAccountStores({ database, clock }: Pick<Ground, "database" | "clock">) {
  const { knex } = database;
  return {
    accounts: new AccountStore(knex),
    accountPages: new AccountPageStore(knex),
    addressChanges: new AddressChangeStore(knex),
    signUps: new SignUpStore(knex),
    tokens: new OneTimeTokenStore(knex),
    letterRequests: new LetterRequestStore(knex),
    knownBrowsers: new KnownBrowserStore(knex, clock),
  };
}
