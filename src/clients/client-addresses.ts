/**
 * The rules of the addresses a client registers. Each function returns what is wrong with one address, the
 * first rule it breaks, or undefined. They are stricter than the library, which compares redirect addresses
 * letter by letter and so takes whatever parses: an address that two programs read in two ways is refused here.
 * @see RFC 9700 §2.1, RFC 8252 §7, OpenID Connect Dynamic Registration 1.0 §2
 */

/** What decides which redirect addresses a client may have. */
export interface AddressRules {
  readonly production: boolean;
  /** The client's `application_type` is `native`. */
  readonly native: boolean;
}

const longest = 2000;
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/** The rule a redirect address breaks (`redirect_uris`, `post_logout_redirect_uris`). */
export function redirectRule(value: string, rules: AddressRules): string | undefined {
  return (
    spellingRule(value) ??
    exactRule(value) ??
    (isWeb(value)
      ? (hostRule(value) ?? transportRule(new URL(value), rules))
      : customSchemeRule(value, rules))
  );
}

/** The rule the address of a page breaks (`client_uri`, `policy_uri`): where people are led, nothing is sent. */
export function pageRule(value: string): string | undefined {
  return (
    spellingRule(value) ??
    (isWeb(value) ? undefined : "must be an https or http address") ??
    hostRule(value)
  );
}

/** The rule `initiate_login_uri` breaks: https always (OpenID Connect Core §4), as the library demands too. */
export function loginStartRule(value: string): string | undefined {
  return (
    pageRule(value) ??
    (new URL(value).protocol === "https:"
      ? undefined
      : "must be https (OpenID Connect Core §4); a client without https gives client_uri instead")
  );
}

/** The rule an address breaks that this provider itself calls (`jwks_uri`, `backchannel_logout_uri`). */
export function calledRule(value: string, rules: { production: boolean }): string | undefined {
  const problem = pageRule(value) ?? exactRule(value);
  if (problem || !rules.production || new URL(value).protocol === "https:") return problem;
  return "must be https: http is for development only";
}

function spellingRule(value: string): string | undefined {
  if (value.length > longest) return `must be no longer than ${longest} characters`;
  if (!/^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i.test(value)) {
    return "must be written in the characters of an address (RFC 3986): percent-encode all others";
  }
  const parsed = URL.canParse(value);
  if (!parsed) return "must be an absolute address, such as https://example.org/callback";
  return undefined;
}

function exactRule(value: string): string | undefined {
  if (value.includes("#")) return "must have no fragment: remove # and what follows";
  if (value.includes("*")) return "must have no wildcard: list every address in full";
  return undefined;
}

/** One reading only: `https:example.org`, `http://0x7f.1` and `https://a@b` all parse, as something else than they seem. */
function hostRule(value: string): string | undefined {
  const written = authority.exec(value)?.[1]?.toLowerCase();
  if (!written) return "must begin with https:// or http:// and a host";
  if (written.includes("@")) return "must have no user name or password: remove what precedes @";
  const { host, protocol } = new URL(value);
  const readings = [host, `${host}:${protocol === "https:" ? 443 : 80}`];
  return readings.includes(written) ? undefined : `must name its host plainly, as ${host}`;
}

function transportRule(url: URL, { production, native }: AddressRules): string | undefined {
  const loopback = loopbackHosts.has(url.hostname);
  if (url.protocol === "https:") {
    return native && loopback
      ? "must not be https on a loopback address: a native application listens on http (RFC 8252 §7.3)"
      : undefined;
  }
  if (loopback) return undefined;
  if (native) return "must be https, or http on a loopback address (RFC 8252 §7.3)";
  return production
    ? "must be https: plain http is for loopback addresses and for development"
    : undefined;
}

function customSchemeRule(value: string, { native }: AddressRules): string | undefined {
  if (!native) {
    return 'must be an https address; a scheme of its own needs "application_type": "native"';
  }
  if (authority.exec(value)?.[1]?.includes("@")) return "must have no user name or password";
  return /^[a-z0-9+-]+(?:\.[a-z0-9+-]+)+:/i.test(value)
    ? undefined
    : "must have as scheme a domain name in reverse, such as fr.example.app:/callback (RFC 8252 §7.1)";
}

function isWeb(value: string): boolean {
  return /^https?:/i.test(value);
}
