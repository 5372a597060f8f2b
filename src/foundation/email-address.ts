import { domainToASCII, domainToUnicode } from "node:url";

/**
 * E-mail addresses as this provider accepts, stores and mails them: one normalised spelling serves
 * look-up, throttle and lock-out alike (Logto's lockout key was not its lookup key).
 *
 * The grammar is strict on purpose: no quotes, comments, groups, commas or control characters
 * (five advisories in nodemailer's parser in 2025 and 2026). It is the ASCII `dot-atom` of RFC 5322
 * §3.2.3 with a domain of at least two labels of RFC 1035 §2.3.1. A domain with accents is stored as the
 * name that the network knows it by (UTS #46): `société.fr` and `xn--socit-esab.fr` are one.
 */

declare const normalised: unique symbol;

/** An address in its one stored spelling. Only {@link parseEmailAddress} makes one. */
export type EmailAddress = string & { readonly [normalised]: true };

/** The longest address a mail path allows (RFC 5321 §4.5.3.1.3, less the angle brackets). */
const maximumLength = 254;
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What a copied address brings along at its ends and nobody sees. */
const unseenAtEnds = /^[\p{Cf}\p{Z}\s]+|[\p{Cf}\p{Z}\s]+$/gu;

/**
 * Normalises what a person typed (NFKC, trimmed, lower case, the domain in ASCII) and checks it.
 * @returns the address, or undefined when it is not one we can mail.
 */
export function parseEmailAddress(typed: string): EmailAddress | undefined {
  const address = tidied(typed);
  if (address === undefined || address.length > maximumLength) return undefined;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (at < 1 || local.length > 64 || !localPart.test(local)) return undefined;
  const domain = networkDomain(address.slice(at + 1));
  const parsed = `${local}@${domain}`;
  return isDomain(domain) && parsed.length <= maximumLength ? (parsed as EmailAddress) : undefined;
}

/**
 * The first character that keeps a text from being an address, for the sentence that refuses it.
 * @returns undefined when none does: something is missing, or stands in the wrong place
 */
export function refusedEmailCharacter(typed: string): string | undefined {
  const address = tidied(typed) ?? "";
  const at = address.indexOf("@");
  const [before, after] = at < 0 ? [address, ""] : [address.slice(0, at), address.slice(at + 1)];
  const wrong =
    /[^a-z0-9!#$%&'*+/=?^_`{|}~.-]/u.exec(before) ?? /[^\p{L}\p{M}\p{N}.-]/u.exec(after);
  return wrong?.[0];
}

/** The address as its owner writes it: the domain with its accents. For pages and letters alone, never for a look-up. */
export function shownEmail(email: string): string {
  const at = email.lastIndexOf("@");
  // A label that is no valid one of these names stands as it is.
  return email.slice(0, at + 1) + (domainToUnicode(email.slice(at + 1)) || email.slice(at + 1));
}

/** The ASCII name of a domain with accents; any other, and what is none, unchanged. */
export function networkDomain(domain: string): string {
  // Only what a domain is written with: the function reads a whole host of an address, up to a slash.
  const isForeign = /[^\0-\x7f]/.test(domain) && /^[\p{L}\p{M}\p{N}\p{Cf}\p{S}.-]+$/u.test(domain);
  return (isForeign && domainToASCII(domain)) || domain;
}

function tidied(typed: string): string | undefined {
  if (typed.length > 4 * maximumLength) return undefined;
  return typed.normalize("NFKC").replace(unseenAtEnds, "").toLowerCase();
}

function isDomain(domain: string): boolean {
  const labels = domain.split(".");
  const last = labels.at(-1) ?? "";
  return labels.length >= 2 && labels.every((each) => label.test(each)) && !/^\d+$/.test(last);
}
