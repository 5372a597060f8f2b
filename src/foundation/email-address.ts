/**
 * E-mail addresses as this provider accepts, stores and mails them: one normalised spelling serves
 * look-up, throttle and lock-out alike (Logto's lockout key was not its lookup key).
 *
 * The grammar is strict on purpose: no quotes, comments, groups, commas or control characters
 * (five advisories in nodemailer's parser in 2025 and 2026). It is the ASCII `dot-atom` of RFC 5322
 * §3.2.3 with a domain of at least two labels of RFC 1035 §2.3.1.
 */

declare const normalised: unique symbol;

/** An address in its one stored spelling. Only {@link parseEmailAddress} makes one. */
export type EmailAddress = string & { readonly [normalised]: true };

/** The longest address a mail path allows (RFC 5321 §4.5.3.1.3, less the angle brackets). */
const maximumLength = 254;
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Normalises what a person typed (NFKC, trimmed, lower case) and checks it.
 * @returns the address, or undefined when it is not one we can mail.
 */
export function parseEmailAddress(typed: string): EmailAddress | undefined {
  if (typed.length > 4 * maximumLength) return undefined;
  const address = typed.normalize("NFKC").trim().toLowerCase();
  if (address.length > maximumLength) return undefined;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (at < 1 || local.length > 64 || !localPart.test(local)) return undefined;
  return isDomain(address.slice(at + 1)) ? (address as EmailAddress) : undefined;
}

function isDomain(domain: string): boolean {
  const labels = domain.split(".");
  const last = labels.at(-1) ?? "";
  return labels.length >= 2 && labels.every((each) => label.test(each)) && !/^\d+$/.test(last);
}
