import type { JWTPayload } from "jose";
import type { Encryption } from "../foundation/index.ts";
import type { Stream } from "./stream.ts";
import { type WaitingEvent, eventPlace } from "./waiting-store.ts";

/** Makes the security event token (RFC 8417, SSF 1.0 §4) of something that waits; the same claims at each try. */
export type MakeToken = (stream: Stream, event: WaitingEvent) => Promise<string>;

/** Builds it. @param parts.sign signs a JWT of a type by the current key of RS256 */
export function createTokens(parts: {
  readonly issuer: string;
  readonly encryption: Encryption;
  readonly sign: (type: string, payload: JWTPayload) => Promise<string>;
}): MakeToken {
  return (stream, { id, encryptedEvent }) => {
    const content = parts.encryption.decrypt(encryptedEvent, eventPlace(id));
    const said = JSON.parse(content) as JWTPayload;
    // Never `sub` or `exp`: nobody may take it for an ID token.
    const payload = { iss: parts.issuer, aud: stream.clientId, jti: id, ...said };
    return parts.sign("secevent+jwt", payload);
  };
}
