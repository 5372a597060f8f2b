const bearer = /^Bearer +([\w.~+/-]+=*) *$/i;

/** The token of an `Authorization` header (RFC 6750 §2.1); undefined when it is no bearer's. */
export function bearerToken(authorization: string): string | undefined {
  return bearer.exec(authorization)?.[1];
}
