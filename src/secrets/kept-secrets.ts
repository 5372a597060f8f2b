import type { Clock, Encryption } from "../foundation/index.ts";
import type { Queryable } from "../storage/index.ts";
import { KeptSecretStore } from "./kept-secret-store.ts";

/** What no key given now opens; a register that cannot be asked is another fault. */
export class SealedByOther extends Error {}

/** Values that only who holds `ENCRYPTION_KEYS` can read, or write: each by its name. */
export interface KeptSecrets {
  /** @throws SealedByOther when no key given now opens it */
  readonly find: (name: string) => Promise<string | undefined>;
  /** Keeps a value unless there is one of its name. */
  readonly keepOnce: (name: string, value: string) => Promise<void>;
  readonly replace: (name: string, value: string) => Promise<void>;
}

/** Where a kept secret stands, for its encryption. */
export const keptSecretPlace = (name: string): string => `kept_secrets:${name}`;

/** @param db the register, or a transaction under way */
export function keptSecrets(
  db: Queryable,
  { encryption, clock }: { encryption: Encryption; clock: Pick<Clock, "epochSeconds"> },
): KeptSecrets {
  const store = new KeptSecretStore(db);
  const sealed = (name: string, value: string) => encryption.encrypt(value, keptSecretPlace(name));
  return {
    find: async (name) => {
      const found = await store.find(name);
      if (found === undefined) return undefined;
      try {
        return encryption.decrypt(found, keptSecretPlace(name));
      } catch (cause) {
        throw new SealedByOther((cause as Error).message, { cause });
      }
    },
    keepOnce: (name, value) => store.keep(name, sealed(name, value), clock.epochSeconds()),
    replace: (name, value) => store.replace(name, sealed(name, value), clock.epochSeconds()),
  };
}
