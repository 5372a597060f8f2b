import { isoInstant } from "../foundation/index.ts";
import type { ClaimedTable, Ground, Person } from "../house/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { Account } from "./account.ts";
import type { AccountStores } from "./account-stores.ts";
import type { Inactivity } from "./inactivity.ts";
import type { SignInGuard } from "./sign-in-guard.ts";

/** What the claims are made with. */
export interface AccountTableParts extends AccountStores, Pick<Ground, "clock"> {
  readonly guard: SignInGuard;
  readonly inactivity: Inactivity;
}

/** What becomes of what this room's tables say of a person. */
export function accountTables(parts: AccountTableParts): ClaimedTable[] {
  const { knownBrowsers, guard } = parts;
  return [
    accountsTable(parts),
    installationTable(),
    ...signUpTables(parts),
    ...mailedLinkTables(parts),
    {
      table: "known_browsers",
      personal: ["account_sub", "created_at", "last_used_at", "factor_proven_at"],
      impersonal: ["digest", "credentials"],
      export: { as: "known_browsers", read: ({ sub }) => exportedBrowsers(knownBrowsers, sub) },
      erase: (transaction, { sub }) => knownBrowsers.within(transaction).forgetAll(sub),
      purge: [{ as: "knownBrowsers", run: () => knownBrowsers.purge() }],
    },
    {
      table: "sign_in_failures",
      personal: ["key"],
      impersonal: ["failures", "last_failed_at", "delayed_until_at"],
      export: { because: "the key is a digest of who was guessed at, and leads to nobody" },
      erase: { because: "the key is a digest; who deletes an account must not reset the guard" },
      purge: [{ as: "signInFailures", run: () => guard.purge() }],
    },
  ];
}

function accountsTable({ accounts, inactivity }: AccountTableParts): ClaimedTable {
  return {
    table: "accounts",
    personal: [
      ...["id", "sub", "email", "given_name", "family_name", "locale", "role", "client_id"],
      ...["email_verified_at", "credentials_changed_at", "created_at", "updated_at", "state"],
      ...["last_signed_in_at", "inactivity_warned_at"],
      // PostgreSQL's index of names (backoffice).
      "search_words",
    ],
    impersonal: ["password_hash", "credentials_version", "endings_due", "staff_term"],
    export: {
      as: "account",
      read: async ({ email }) => {
        const found = await accounts.findByEmail(email);
        return found && exportedAccount(found.account);
      },
    },
    erase: { because: "by the act itself, last of all: `deletion`" },
    purge: [
      {
        as: "inactivityWarnings",
        run: () => inactivity.warn(),
        isPaced: true,
        share: { most: 0.1, count: () => inactivity.share("to-warn") },
      },
      {
        as: "inactiveAccounts",
        run: () => inactivity.erase(),
        share: { most: 0.1, count: () => inactivity.share("to-erase") },
      },
    ],
  };
}

function installationTable(): ClaimedTable {
  const nobody = { because: "one row, about everybody and nobody" };
  return {
    table: "installation",
    personal: [],
    impersonal: ["id", "credentials_version", "ended_through"],
    export: nobody,
    erase: nobody,
    purge: nobody,
  };
}

function signUpTables({ signUps, clock }: AccountTableParts): ClaimedTable[] {
  return [
    {
      table: "pending_sign_ups",
      personal: ["email", "given_name", "family_name", "locale", "client_id"],
      impersonal: [
        ...["id", "password_hash", "browser_digest", "letter_asked_at"],
        ...["created_at", "expires_at"],
      ],
      export: {
        because: "nobody's account: whoever signed up has not shown that the address is theirs",
      },
      erase: (transaction, { email }) => signUps.within(transaction).removeByEmail(email),
      purge: [{ as: "signUps", run: () => signUps.removeExpired(clock.epochSeconds()) }],
    },
    {
      table: "letter_requests",
      personal: ["email", "client_id", "locale"],
      impersonal: ["id", "purpose", "pending_sign_up_id", "created_at"],
      export: { because: "it is a letter within a second" },
      erase: { because: "it is a letter within a second, and then nothing" },
      purge: { because: "it is a letter within a second, and then nothing" },
    },
  ];
}

function mailedLinkTables({ tokens, addressChanges, clock }: AccountTableParts): ClaimedTable[] {
  const before = () => clock.epochSeconds() - retentionSeconds.usedLinks;
  const mailed = { because: "a link that was mailed: `mails` says when" };
  return [
    {
      table: "one_time_tokens",
      personal: ["email", "account_id", "client_id", "created_at", "consumed_at"],
      impersonal: [
        ...["digest", "purpose", "pending_sign_up_id", "credentials"],
        ...["expires_at", "superseded_at"],
      ],
      export: mailed,
      erase: (transaction, { id }) => tokens.within(transaction).removeOfAccount(id),
      purge: [{ as: "links", run: () => tokens.removeExpired(before()) }],
    },
    {
      table: "address_changes",
      personal: ["account_sub", "email", "asked_by", "created_at", "consumed_at"],
      impersonal: ["digest", "credentials", "expires_at"],
      export: mailed,
      erase: (transaction, { sub }) => addressChanges.within(transaction).removeOf(sub),
      purge: [{ as: "addressChanges", run: () => addressChanges.removeExpired(before()) }],
    },
  ];
}

async function exportedBrowsers(
  knownBrowsers: AccountStores["knownBrowsers"],
  sub: Person["sub"],
): Promise<object[]> {
  return (await knownBrowsers.list(sub)).map(({ createdAt, lastUsedAt }) => ({
    created_at: isoInstant(createdAt),
    last_used_at: isoInstant(lastUsedAt),
  }));
}

function exportedAccount(account: Account): object {
  const { emailVerifiedAt, credentialsChangedAt } = account;
  return {
    sub: account.sub,
    email: account.email,
    given_name: account.givenName,
    family_name: account.familyName,
    locale: account.locale,
    role: account.role,
    signed_up_at: isoInstant(account.createdAt),
    signed_up_for: account.clientId,
    email_verified_at: isoInstant(emailVerifiedAt),
    credentials_changed_at: credentialsChangedAt ? isoInstant(credentialsChangedAt) : undefined,
    updated_at: isoInstant(account.updatedAt),
  };
}
