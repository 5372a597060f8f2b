import { hkdfSync } from "node:crypto";
import type { Clock, Encryption } from "../foundation/index.ts";
import { ConfigurationError } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import { type KeptSecrets, SealedByOther, keptSecrets } from "./kept-secrets.ts";

/** 32 bytes for a purpose, the same for ever and on every node: subjects, counters and references derive from them. */
export type SecretFor = (purpose: Purpose) => Buffer;

/** What is derived; the words are those of 0.2.0. */
const purposes = [
  /** Pairwise subjects and nonces. */
  "provider",
  /** The keys of counters, which hold addresses as digests. */
  "counters",
  /** References that stand for addresses in the log and in the audit. */
  "log references",
] as const;

type Purpose = (typeof purposes)[number];

/** What the identity is read with. */
export interface IdentityParts {
  readonly database: Database;
  readonly encryption: Encryption;
  /** `ENCRYPTION_KEYS`, the one that encrypts first. */
  readonly encryptionKeys: readonly Buffer[];
  readonly clock: Pick<Clock, "epochSeconds">;
}

const identityName = "identity";

/**
 * Reads what identities derive from; the first call of all makes it, once for all nodes. It is what the first of
 * `ENCRYPTION_KEYS` gave until then, so that nobody's subject or reference changes, nor differs from what a node of
 * 0.2.0 says beside this one. From then on the keys may rotate.
 * @throws ConfigurationError when no key given now opens it: a new one would rename everybody
 */
export async function openIdentity(parts: IdentityParts): Promise<SecretFor> {
  const kept = keptSecrets(parts.database.knex, parts);
  const found = await opened(kept);
  if (found !== undefined) return read(found);
  await kept.keepOnce(identityName, derived(parts.encryptionKeys));
  return read((await opened(kept)) ?? "");
}

/**
 * That a key given now opens it, where it is made already. Reads alone.
 * @throws ConfigurationError
 */
export async function proveIdentity(
  database: Database,
  encryption: Encryption,
  clock: IdentityParts["clock"],
): Promise<void> {
  await opened(keptSecrets(database.knex, { encryption, clock }));
}

function derived([first]: readonly Buffer[]): string {
  if (!first) throw new Error("ENCRYPTION_KEYS holds no key");
  const secret = (purpose: Purpose) =>
    Buffer.from(hkdfSync("sha256", first, "", purpose, 32)).toString("base64url");
  return JSON.stringify(Object.fromEntries(purposes.map((each) => [each, secret(each)])));
}

function read(kept: string): SecretFor {
  const secrets = JSON.parse(kept) as Record<Purpose, string>;
  return (purpose) => Buffer.from(secrets[purpose], "base64url");
}

async function opened(kept: KeptSecrets): Promise<string | undefined> {
  try {
    return await kept.find(identityName);
  } catch (error) {
    if (!(error instanceof SealedByOther)) throw error;
    throw new ConfigurationError([
      {
        name: "ENCRYPTION_KEYS",
        found: `no key that opens the secret that people's identifiers derive from (${error.message})`,
        expected:
          'the key that was used before, at the end of the list, until "lopauth keys reencrypt" has run',
      },
    ]);
  }
}
