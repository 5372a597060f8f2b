/** Where a received address leaves a registered one. Positions count characters from 1. */
export interface Difference {
  readonly registered: string;
  readonly position: number;
  /** The character there, readable whatever it is: `U+0430 а`; undefined past the end. */
  readonly receivedCharacter: string | undefined;
  readonly registeredCharacter: string | undefined;
}

/** An address that is none of the client's registered ones, as its integrator needs to see it. */
export interface UriMismatch {
  readonly parameter: "redirect_uri" | "post_logout_redirect_uri";
  readonly received: string;
  /** The nearest registered address first; empty when the client registered none. */
  readonly differences: readonly Difference[];
}

/** More would be an attack on whoever reads the page or the log. */
const mostCharacters = 500;
const mostRegistered = 5;
/** What is looked through for secrets: patterns cost time, and who sends decides the length. */
const mostRead = 2_000;

/**
 * Compares as the provider does: character by character, nothing decoded and nothing normalised
 * (RFC 9700 §2.1). For eyes only: a received address is never led to.
 */
export function uriMismatch(
  parameter: UriMismatch["parameter"],
  received: string,
  registered: readonly string[],
): UriMismatch {
  const differences = registered
    .map((uri) => difference(received, uri))
    .sort((one, other) => other.position - one.position)
    .slice(0, mostRegistered);
  return { parameter, received: shown(received), differences };
}

/** A received value as text that may be shown: bounded, and without what may be a secret. */
export function shown(value: string): string {
  const bounded = withoutSecrets(value.slice(0, mostRead));
  return bounded.length > mostCharacters ? `${bounded.slice(0, mostCharacters)}…` : bounded;
}

function difference(received: string, uri: string): Difference {
  // Code points, as an integrator can look them up: a combining mark is a character of its own.
  const ours = Array.from(uri);
  const theirs = Array.from(received);
  const first = ours.findIndex((character, index) => character !== theirs[index]);
  const index = first === -1 ? ours.length : first;
  return {
    registered: shown(uri),
    position: index + 1,
    receivedCharacter: readable(theirs[index]),
    registeredCharacter: readable(ours[index]),
  };
}

function readable(character: string | undefined): string | undefined {
  const point = character?.codePointAt(0);
  if (character === undefined || point === undefined) return undefined;
  const name = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? `${name} ${character}` : name;
}

const secretParameter =
  /((?:^|[?&#;])(?:code|state|nonce|[^=&?#;]*(?:token|secret|password|assertion|verifier|key|request|hint)[^=&?#;]*)=)[^&#;]*/giu;

/** Addresses carry answers of a provider, and some carry a password before their host. */
function withoutSecrets(value: string): string {
  return value.replace(/(:\/*[^/?#\s:@]*:)[^/?#@]+(?=@)/gu, "$1…").replace(secretParameter, "$1…");
}
