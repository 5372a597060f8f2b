/** Whom a copy of a deployment may write to. */
export interface MailGuard {
  /** @param address of one person, normalised */
  readonly allowsLetter: (address: string) => boolean;
  /** Whether something may be sent to a server (a webhook, a logout token); what only reads is not asked about. */
  readonly allowsCall: (host: string) => boolean;
}

/**
 * `MAIL_GUARD`: so that a copy, made to try a restore, writes to nobody whose data it holds.
 * @param allowed addresses and domains in lower case; a domain is that of an address, or the host of a client;
 *   none: nobody; undefined: there is no guard
 */
export function createMailGuard(allowed: readonly string[] | undefined): MailGuard {
  if (!allowed) return { allowsLetter: () => true, allowsCall: () => true };
  const named = new Set(allowed);
  const domainOf = (address: string) => address.slice(address.lastIndexOf("@") + 1);
  return {
    allowsLetter: (address) => named.has(address) || named.has(domainOf(address)),
    allowsCall: (host) => named.has(host),
  };
}
