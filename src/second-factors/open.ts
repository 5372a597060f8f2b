import type { Middleware } from "koa";
import type { AccountActs } from "../accounts/index.ts";
import { Joined, isoInstant } from "../foundation/index.ts";
import {
  type ClaimedTable,
  type Ground,
  type RecordSoon,
  type Room,
  room,
} from "../house/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { sealedColumn } from "../secrets/index.ts";
import type { WebActs } from "../web/index.ts";
import type { EnqueueFactorLetter } from "./factor-letters.ts";
import { EnrolmentCodeStore } from "./enrolment-code-store.ts";
import type { FactorsChangedWithin } from "./factors-told.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { type SecondFactors, createSecondFactors } from "./second-factors.ts";
import { securityRoutes } from "./security-routes.ts";
import { type ShownCodesCookie, shownCodesCookie } from "./shown-codes.ts";
import { secretPlace } from "./totp-factors.ts";
import { TotpStore } from "./totp-store.ts";

/** What second factors stand on. */
export interface SecondFactorPorts {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly recordSoon: RecordSoon;
  readonly mail: { readonly enqueue: EnqueueFactorLetter };
  readonly web: Pick<WebActs, "limits" | "formGuards">;
  /** Its guard counts every check of a code, beside those of the password. */
  readonly accounts: Pick<
    AccountActs,
    | "accounts"
    | "asks"
    | "completeSignIn"
    | "guard"
    | "knownBrowsers"
    | "onCredentialsChanged"
    | "readSession"
    | "sessions"
    | "signedIn"
    | "freshlySignedIn"
  >;
}

/** What other rooms ask of it. */
export interface SecondFactorActs {
  readonly secondFactors: SecondFactors;
  readonly shownCodes: ShownCodesCookie;
  /** Told in the transaction in which factors are added or taken away. */
  readonly factorsChangedWithin: FactorsChangedWithin;
}

const inOnePart = { because: "a part of second_factors" };
const withTheAccount = { because: "they end with the account, or by their person" };

/** What this room records. */
const secondFactorEvents = [
  "second-factor-checked",
  "second-factor-added",
  "second-factor-removed",
  "passkey-counter-went-back",
  "recovery-codes-renewed",
  "enrolment-code-issued",
  "enrolment-code-checked",
] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly "second-factors": (typeof secondFactorEvents)[number];
  }
}

/** Opens second factors on their tables. */
export function openSecondFactors(ports: SecondFactorPorts): Room<SecondFactorActs> {
  const { ground, record, web, accounts } = ports;
  const { readSession, sessions, signedIn, freshlySignedIn } = accounts;
  const factorsChangedWithin: FactorsChangedWithin = new Joined();
  const secondFactors = factorsOf(ports, factorsChangedWithin);
  joinAccounts(accounts, secondFactors);
  const shownCodes = shownCodesCookie(ground);
  const { limits, formGuards } = web;
  return room({
    name: "second-factors",
    acts: { secondFactors, shownCodes, factorsChangedWithin },
    routes: {
      pages: [
        securityRoutes({
          ...{ secondFactors, shownCodes, sessions, readSession, signedIn, freshlySignedIn },
          ...{ limits, formGuards, record },
        }).routes() as Middleware,
      ],
    },
    tables: factorTables(secondFactors),
    sealed: [
      sealedColumn(ground, {
        ...{ table: "totp_factors", key: "account_sub", column: "secret", place: secretPlace },
      }),
    ],
    letters: ["turned-on", "turned-off", "reset", "guessed-at"].map(
      (name) => `second-factors/${name}`,
    ),
    events: secondFactorEvents,
  });
}

function factorsOf(
  { ground, record, recordSoon, mail, accounts }: SecondFactorPorts,
  changedWithin: FactorsChangedWithin,
): SecondFactors {
  const { database, clock, random, encryption, logger, settings } = ground;
  const { issuer, contactUrl } = settings;
  const { guard, knownBrowsers, onCredentialsChanged, completeSignIn } = accounts;
  return createSecondFactors({
    ...{ database, clock, random, encryption, logger, issuer, contactUrl },
    ...{ guard, knownBrowsers, onCredentialsChanged, completeSignIn },
    ...{ record, recordSoon, changedWithin, enqueue: mail.enqueue, accounts: accounts.accounts },
  });
}

/** What this room answers and hears of accounts. */
function joinAccounts(
  { asks }: SecondFactorPorts["accounts"],
  { passkeys }: Pick<SecondFactors, "passkeys">,
): void {
  asks.changedWithin.join(async (transaction, { kind, account }) => {
    if (kind === "password-changed") await new PasskeyStore(transaction).askPassword(account.sub);
  });
  asks.mayAddPasskey.answerBy(
    // Staff turn their first factor on where the back office asks for it.
    async ({ sub, role }) => role === undefined && (await passkeys.list(sub)).length === 0,
  );
}

function factorTables(secondFactors: SecondFactors): ClaimedTable[] {
  const { staff, passkeys } = secondFactors;
  return [
    totpTable(secondFactors),
    passkeyTable,
    recoveryCodeTable,
    {
      table: "enrolment_codes",
      personal: ["account_sub", "role", "created_at", "expires_at"],
      impersonal: ["digest", "staff_term"],
      export: { because: "a digest that is good for a day, of a code that the person was handed" },
      erase: (transaction, { sub }) => new EnrolmentCodeStore(transaction).remove(sub),
      purge: [{ as: "enrolmentCodes", run: () => staff.purge() }],
    },
    {
      table: "used_challenges",
      personal: [],
      impersonal: ["digest", "expires_at"],
      export: { because: "a digest of a number by chance: it is about nobody" },
      erase: { because: "a digest of a number by chance: it is about nobody" },
      purge: [{ as: "passkeyChallenges", run: () => passkeys.purge() }],
    },
  ];
}

function totpTable(secondFactors: SecondFactors): ClaimedTable {
  return {
    table: "totp_factors",
    personal: ["account_sub", "created_at"],
    impersonal: ["secret", "last_step", "staff_term"],
    export: { as: "second_factors", read: ({ sub }) => exportedFactors(secondFactors, sub) },
    erase: async (transaction, { sub }) => {
      await new TotpStore(transaction).remove(sub);
    },
    purge: withTheAccount,
  };
}

const passkeyTable: ClaimedTable = {
  table: "passkeys",
  personal: ["account_sub", "name", "transports", "created_at", "last_used_at"],
  impersonal: [
    ...["credential_id", "public_key", "counter", "synchronised"],
    ...["staff_term", "signs_in_alone"],
  ],
  export: inOnePart,
  erase: (transaction, { sub }) => new PasskeyStore(transaction).removeAll(sub),
  purge: withTheAccount,
};

const recoveryCodeTable: ClaimedTable = {
  table: "recovery_codes",
  personal: ["account_sub", "created_at", "used_at"],
  impersonal: ["digest"],
  export: inOnePart,
  erase: (transaction, { sub }) => new RecoveryCodeStore(transaction).removeAll(sub),
  purge: withTheAccount,
};

async function exportedFactors(
  { held, passkeys }: Pick<SecondFactors, "held" | "passkeys">,
  sub: string,
): Promise<object> {
  const { totpSince, recoveryCodesLeft } = await held(sub);
  return {
    application_since: totpSince === undefined ? undefined : isoInstant(totpSince),
    recovery_codes_left: recoveryCodesLeft,
    passkeys: (await passkeys.list(sub)).map(({ name, createdAt, lastUsedAt }) => ({
      name,
      created_at: isoInstant(createdAt),
      last_used_at: lastUsedAt === undefined ? undefined : isoInstant(lastUsedAt),
    })),
  };
}
