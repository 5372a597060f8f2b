import type { Clock, Encryption } from "../foundation/index.ts";

/**
 * What a page needs back from its form (a secret not confirmed yet, a challenge) goes out with it,
 * encrypted, bound to its purpose and person, for a while. So showing a page writes nothing.
 */
export interface SealedValues {
  /** @param place what the value is for and whose it is: it opens nowhere else */
  readonly seal: (place: string, value: string, lifeSeconds: number) => string;
  /** @returns undefined when it is none of ours, another place's, or too old */
  readonly open: (place: string, sealed: string) => string | undefined;
}

/** Seals with the keys that encrypt at rest. */
export function createSealedValues({
  clock,
  encryption,
}: {
  readonly clock: Clock;
  readonly encryption: Encryption;
}): SealedValues {
  return {
    seal: (place, value, lifeSeconds) =>
      encryption.encrypt(`${String(clock.epochSeconds() + lifeSeconds)}:${value}`, place),
    open: (place, sealed) => {
      const clear = decrypted(encryption, place, sealed);
      if (clear === undefined) return undefined;
      const colon = clear.indexOf(":");
      const isOver = Number(clear.slice(0, colon)) <= clock.epochSeconds();
      return isOver ? undefined : clear.slice(colon + 1);
    },
  };
}

function decrypted(encryption: Encryption, place: string, sealed: string): string | undefined {
  try {
    return encryption.decrypt(sealed, place);
  } catch {
    // Altered, another person's, or of a key that is gone: whoever sent it starts anew.
    return undefined;
  }
}
