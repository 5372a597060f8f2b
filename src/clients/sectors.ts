import { type Clock, minutes } from "../foundation/index.ts";
import type { ClientCall } from "./client-calls.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { readRemote } from "./remote-document.ts";

/** What decides whether a sector is a client's. */
export interface Sectors {
  /**
   * What is wrong with a client's `sector_identifier_uri`: a rule that follows the field's name; undefined when it names
   * none, or one whose list has every redirect URI of the client.
   * @see OpenID Connect Dynamic Registration 1.0 §5
   */
  readonly problem: (client: SectorClient) => Promise<string | undefined>;
}

/** What the check reads of a client. */
export type SectorClient = Pick<ClientMetadata, "sector_identifier_uri" | "redirect_uris">;

const limitBytes = 100 * 1024;

/** Nobody makes us call an address that fails more often than this. */
const rememberedSeconds = minutes(1);
const mostRemembered = 1000;

/** Checks sectors by reading them, and remembers a failure for a minute, whoever asks. */
export function createSectors({ call, clock }: SectorParts): Sectors {
  const failures = new Map<string, { readonly problem: string; readonly until: number }>();
  const remember = (key: string, problem: string): string => {
    if (failures.size >= mostRemembered) failures.clear();
    failures.set(key, { problem, until: clock.epochSeconds() + rememberedSeconds });
    return problem;
  };
  return {
    problem: async ({ sector_identifier_uri: uri, redirect_uris: redirects }) => {
      if (uri === undefined) return undefined;
      const key = JSON.stringify([uri, redirects]);
      const failed = failures.get(key);
      if (failed && failed.until > clock.epochSeconds()) return failed.problem;
      const read = await readRemote(call, uri, { accept: "application/json", limitBytes });
      if (read.problem !== undefined) return remember(key, `must answer ${read.problem}`);
      const listed = parseList(read.content.toString("utf8"));
      if (!listed) return remember(key, "must answer with a JSON array of redirect URIs");
      const missing = redirects.find((redirect) => !listed.includes(redirect));
      if (missing === undefined) {
        failures.delete(key);
        return undefined;
      }
      return remember(key, `must list every redirect URI of the client: ${missing} is not there`);
    },
  };
}

/** What the sectors are checked with. */
export interface SectorParts {
  readonly call: ClientCall;
  readonly clock: Clock;
}

function parseList(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    const isList = Array.isArray(list) && list.every((each) => typeof each === "string");
    return isList ? list : undefined;
  } catch {
    return undefined;
  }
}
