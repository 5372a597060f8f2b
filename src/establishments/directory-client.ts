import { setTimeout as timer } from "node:timers/promises";
import {
  type Clock,
  type Outcome,
  accepted,
  hours,
  oneLine,
  refused,
} from "../foundation/index.ts";
import { createAddresses, createFetch } from "../operations/index.ts";
import type { DirectoryReason, EstablishmentDetails, EstablishmentDirectory } from "./directory.ts";
import { nameRule } from "./establishment.ts";
import type { Siret } from "./siret.ts";

/** What the client of the directory is made of. */
export interface DirectoryClientParts {
  /** `DIRECTORY_URL`: the address that `/search` follows. */
  readonly url: string;
  readonly clock: Clock;
  /** How long an answer may take. */
  readonly timeoutMilliseconds?: number;
  /** The time between two requests. */
  readonly spacingMilliseconds?: number;
  /** Waits; a timer unless told. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Seven requests a second are allowed to one address; a little less is sent. */
const leastSpacingMilliseconds = 150;
const longestAnswerMilliseconds = 2000;
/** One establishment with all its company is a few kilobytes. */
const largestAnswerBytes = 500_000;
const longestAddress = 300;
/** How long to wait when the service does not say, and at most. */
const usualWaitSeconds = 10;
const longestWaitSeconds = hours(1);

/**
 * The public « Recherche d'entreprises » directory, asked for one SIRET at a time: nothing else leaves.
 * No redirect is followed, and an answer is read up to a bound.
 * @see https://recherche-entreprises.api.gouv.fr/docs/
 */
export function createDirectory(parts: DirectoryClientParts): EstablishmentDirectory {
  const { spacingMilliseconds: spacing = leastSpacingMilliseconds, pause = timer } = parts;
  const send = createFetch(createAddresses({ asksSystem: true }));
  let turn: Promise<unknown> = Promise.resolve();
  return {
    find: async (siret) => {
      const mine = turn;
      turn = mine.then(() => pause(spacing));
      await mine;
      try {
        return await ask(send, parts, siret);
      } catch {
        // Too late, no connection, a redirect, no JSON: each is tried again later.
        return refused({ reason: "unreachable" });
      }
    },
  };
}

async function ask(
  send: typeof fetch,
  { url, clock, timeoutMilliseconds = longestAnswerMilliseconds }: DirectoryClientParts,
  siret: Siret,
): Promise<Outcome<EstablishmentDetails, DirectoryReason>> {
  const response = await send(`${url.replace(/\/$/, "")}/search?q=${siret}`, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (response.status !== 200) await response.body?.cancel();
  if (response.status === 429) {
    const seconds = waitSeconds(response.headers.get("retry-after"), clock);
    return refused({ reason: "too-many-requests", details: { seconds } });
  }
  if (response.status !== 200) return refused({ reason: "unreachable" });
  return detailsIn(JSON.parse(await boundedText(response)), siret);
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > largestAnswerBytes) throw new Error("the directory's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). */
function waitSeconds(header: string | null, clock: Clock): number {
  const text = header?.trim() ?? "";
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : Math.ceil((Date.parse(text) - clock.epochMilliseconds()) / 1000);
  return Number.isNaN(seconds)
    ? usualWaitSeconds
    : Math.min(Math.max(seconds, 1), longestWaitSeconds);
}

function detailsIn(
  answer: unknown,
  siret: Siret,
): Outcome<EstablishmentDetails, "unknown" | "unreachable"> {
  const results = fieldOf(answer, "results");
  if (!Array.isArray(results)) return refused({ reason: "unreachable" });
  const company: unknown = results[0];
  const listed = fieldOf(company, "matching_etablissements");
  const establishments: unknown[] = Array.isArray(listed) ? listed : [];
  const found = establishments.find((each) => fieldOf(each, "siret") === siret);
  if (found === undefined) return refused({ reason: "unknown" });
  const name = textOf(company, "nom_complet", nameRule.longest);
  const address = textOf(found, "adresse", longestAddress);
  return accepted({
    ...(name !== undefined && { name }),
    ...(address !== undefined && { address }),
    state: fieldOf(found, "etat_administratif") === "F" ? "closed" : "active",
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function textOf(value: unknown, name: string, longest: number): string | undefined {
  const text = fieldOf(value, name);
  // Who asked not to be told of (article R. 123-232 of the commercial code) has neither name nor address here.
  if (typeof text === "string" && /\[\s*(?:ND|NON[-_ ]DIFFUSIBLE)\s*\]/i.test(text))
    return undefined;
  // Cut before it is cleaned: a half character at the end is made whole again.
  return typeof text === "string" ? oneLine(text.slice(0, longest)) : undefined;
}
