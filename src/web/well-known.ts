import type { Middleware } from "koa";
import { type Clock, days } from "../foundation/index.ts";

/** What the documents are made of. */
export interface WellKnownParts {
  readonly issuer: string;
  /** Where « Nous contacter » leads. */
  readonly contactUrl: string;
  readonly clock: Clock;
}

/** RFC 9116 asks for less than a year: what nobody looks after any more should not be believed. */
const securityTextDays = 180;

/**
 * What programs look for at a fixed address: whom to tell of a hole (RFC 9116), and where passkeys are added and removed.
 * @see https://www.rfc-editor.org/rfc/rfc9116
 * @see https://www.w3.org/TR/passkey-endpoints/
 */
export function wellKnownDocuments(parts: WellKnownParts): Middleware {
  const passkeys = `${parts.issuer}/account/security`;
  const documents: Readonly<Record<string, () => readonly [type: string, body: string]>> = {
    "/.well-known/security.txt": () => ["text/plain; charset=utf-8", securityText(parts)],
    "/.well-known/passkey-endpoints": () => [
      "application/json",
      JSON.stringify({ enroll: passkeys, manage: passkeys }),
    ],
  };
  return async (ctx, next) => {
    const isLookedAt = ctx.method === "GET" || ctx.method === "HEAD";
    const document =
      isLookedAt && Object.hasOwn(documents, ctx.path) ? documents[ctx.path] : undefined;
    if (document === undefined) {
      await next();
      return;
    }
    const [type, body] = document();
    ctx.status = 200;
    ctx.set("Cache-Control", "public, max-age=86400");
    ctx.type = type;
    ctx.body = body;
  };
}

function securityText({ issuer, contactUrl, clock }: WellKnownParts): string {
  const day = days(1);
  const today = clock.epochSeconds() - (clock.epochSeconds() % day);
  const expires = new Date((today + days(securityTextDays)) * 1000).toISOString();
  return [
    `Contact: ${contactUrl}`,
    `Expires: ${expires}`,
    "Preferred-Languages: fr, en",
    `Canonical: ${issuer}/.well-known/security.txt`,
    "",
  ].join("\n");
}
