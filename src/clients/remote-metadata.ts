import type { MetadataProblem } from "./client-metadata.ts";
import type { Logos } from "./logos.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import type { Sectors } from "./sectors.ts";

/** What is wrong with what a client's metadata name elsewhere; asked before it is registered or changed, outside transactions. */
export type RemoteProblems = (client: ClientMetadata) => Promise<readonly MetadataProblem[]>;

/** Calls the addresses that decide: the sector's list, and the logo, which is kept when it is good. */
export function createRemoteProblems(sectors: Sectors, logos: Logos): RemoteProblems {
  return async (client) => {
    const rules = {
      sector_identifier_uri: await sectors.problem(client),
      logo_uri: await logos.problem(client),
    };
    return Object.entries(rules).flatMap(([field, rule]) =>
      rule === undefined
        ? []
        : [{ path: [field], value: client[field as keyof ClientMetadata], rule }],
    );
  };
}
