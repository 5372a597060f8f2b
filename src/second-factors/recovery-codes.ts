import { type Random, digest } from "../foundation/index.ts";

/** How many a person is given at a time. */
export const recoveryCodeCount = 10;

/** Neither I, L, O nor U: nothing that is mistaken when it is copied by hand (Crockford's base32). */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const codeLength = 16;

/** Ten new codes of 80 bits, in groups of four as they are shown: `7Q2M-K0DX-…`. */
export function newRecoveryCodes(random: Random): string[] {
  return Array.from({ length: recoveryCodeCount }, () => newCode(random));
}

/** One such code. */
export function newCode(random: Random): string {
  const letters = [...random.bytes(codeLength)].map((byte) => alphabet[byte % alphabet.length]);
  return letters.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * What is stored of a code. 80 bits of chance need no slow digest; the account in it keeps one person's
 * code from being another's.
 */
export function recoveryCodeDigest(accountSub: string, code: string): string {
  return digest(`${accountSub} ${code}`);
}

/** A code as it was made, however it was typed: without groups, in small letters, an O for a zero. */
export function readRecoveryCode(typed: string): string | undefined {
  const letters = typed
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  if (letters.length !== codeLength) return undefined;
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}
