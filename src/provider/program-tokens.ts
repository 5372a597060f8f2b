import type { Library } from "./library.ts";

/** An opaque access token of a program, which is looked up at each use. */
export interface ProgramToken {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** The resource it is for. */
  readonly audience: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  /** Bound to a key (DPoP): good for nothing as a bearer token. */
  readonly isBound: boolean;
}

/** Finds the token of `client_credentials` that was given; undefined when it is none, has expired or was revoked. */
export type FindProgramToken = (token: string) => Promise<ProgramToken | undefined>;

/** Builds it on the library. */
export function createProgramTokens(library: Library): FindProgramToken {
  return async (given) => {
    const token = await library.now().ClientCredentials.find(given);
    if (!token?.isValid || token.clientId === undefined) return undefined;
    return {
      clientId: token.clientId,
      scopes: token.scopes,
      audience: String(token.aud),
      issuedAt: token.iat,
      isBound: token.isSenderConstrained(),
    };
  };
}
