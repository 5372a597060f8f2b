import type { AccountStore, SignInGuard } from "../accounts/index.ts";
import { type Clock, type Encryption, type Random, isoInstant } from "../foundation/index.ts";
import { type Room, room } from "../house/index.ts";
import type { Settings } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { EnqueueFactorLetter } from "./factor-changes.ts";
import { PasskeyStore } from "./passkey-store.ts";
import { RecoveryCodeStore } from "./recovery-code-store.ts";
import { type SecondFactors, createSecondFactors } from "./second-factors.ts";
import { TotpStore } from "./totp-store.ts";

/** What second factors stand on. */
export interface SecondFactorPorts {
  readonly settings: Pick<Settings, "issuer" | "contactUrl">;
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
  /** Counts every check of a code, beside those of the password. */
  readonly guard: SignInGuard;
  readonly accounts: AccountStore;
  readonly enqueue: EnqueueFactorLetter;
  /** Told once a factor is gone: the room above ends the sessions of the account. */
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
}

/** What other rooms ask of it. */
export interface SecondFactorActs {
  readonly secondFactors: SecondFactors;
}

const inOnePart = { because: "a part of second_factors" };
const withTheAccount = { because: "they end with the account, or by their person" };

/** Opens second factors on their tables. */
export function openSecondFactors(ports: SecondFactorPorts): Room<SecondFactorActs> {
  const { issuer, contactUrl } = ports.settings;
  const secondFactors = createSecondFactors({ ...ports, issuer, contactUrl });
  return room({
    name: "second-factors",
    acts: { secondFactors },
    tables: [
      {
        table: "totp_factors",
        personal: ["account_sub", "created_at"],
        impersonal: ["secret", "last_step"],
        export: { as: "second_factors", read: ({ sub }) => exportedFactors(secondFactors, sub) },
        erase: async (transaction, { sub }) => {
          await new TotpStore(transaction).remove(sub);
        },
        purge: withTheAccount,
      },
      {
        table: "passkeys",
        personal: ["account_sub", "name", "transports", "created_at", "last_used_at"],
        impersonal: ["credential_id", "public_key", "counter", "synchronised"],
        export: inOnePart,
        erase: (transaction, { sub }) => new PasskeyStore(transaction).removeAll(sub),
        purge: withTheAccount,
      },
      {
        table: "recovery_codes",
        personal: ["account_sub", "created_at", "used_at"],
        impersonal: ["digest"],
        export: inOnePart,
        erase: (transaction, { sub }) => new RecoveryCodeStore(transaction).removeAll(sub),
        purge: withTheAccount,
      },
      {
        table: "used_challenges",
        personal: [],
        impersonal: ["digest", "expires_at"],
        export: { because: "a digest of a number by chance: it is about nobody" },
        erase: { because: "a digest of a number by chance: it is about nobody" },
        purge: [{ as: "passkeyChallenges", run: () => secondFactors.passkeys.purge() }],
      },
    ],
    letters: ["second-factors/turned-on", "second-factors/turned-off"],
    events: [
      "second-factor-checked",
      "second-factor-added",
      "second-factor-removed",
      "recovery-codes-renewed",
    ],
  });
}

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
