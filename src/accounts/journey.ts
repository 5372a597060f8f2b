import type { Context } from "koa";
import type { EmailAddress, Locale } from "../foundation/index.ts";
import { pageState } from "../web/index.ts";

/**
 * Where a page of this room stands: alone, or within an authorization, under whose address the pages
 * then live, because the library scopes its cookies to it. A port: `provider/` knows the second kind.
 */
export interface Journey {
  /** "" or `/interaction/:uid`: what the room's addresses start with. */
  readonly base: string;
  /** The relying party that started it all. */
  readonly clientId: string | undefined;
  readonly locale: Locale;
  /** What the relying party says the address is (`login_hint`). */
  readonly loginHint: string;
  /** Where « Se connecter » leads from here. */
  readonly signInUrl: string;
}

/** Finds the journey of a request. */
export type FindJourney = (ctx: Context) => Journey;

/**
 * The journey within an authorization, or that of a page alone: « Se connecter » then leads to the client that its
 * address names, else to the portal.
 */
export function journeyFinder(
  journeyWithin: (ctx: Context) => Journey | undefined,
  clients: {
    readonly startAgain: StartAgain;
    readonly isKnown: (clientId: string) => boolean;
  },
): FindJourney {
  return (ctx) => {
    const within = journeyWithin(ctx);
    if (within) return within;
    const { client_id: named } = ctx.query;
    const clientId = typeof named === "string" && clients.isKnown(named) ? named : undefined;
    return {
      base: "",
      clientId,
      locale: pageState(ctx).locale ?? "fr",
      loginHint: "",
      signInUrl: clients.startAgain(clientId),
    };
  };
}

/** Where « Se connecter » leads for the relying party that started it all, on any device and after any time. */
export type StartAgain = (clientId: string | undefined, loginHint?: EmailAddress) => string;

/**
 * The address of a page of this room within a journey. Alone, it carries the relying party's name, so that a form sent,
 * a page left open and a link followed still lead back to it; within an authorization the address says it already.
 */
export function pageAddress(
  { base, clientId }: Pick<Journey, "base" | "clientId">,
  path: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const known: Readonly<Record<string, string>> =
    base === "" && clientId !== undefined ? { client_id: clientId } : {};
  const search = new URLSearchParams({ ...query, ...known }).toString();
  return `${base}${path}${search === "" ? "" : `?${search}`}`;
}
