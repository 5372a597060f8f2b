import type { Account } from "../accounts/index.ts";
import type { Establishment, Standing } from "../establishments/index.ts";
import Provider from "oidc-provider";
import type { FastLane } from "../fast-lane/index.ts";

/** What the register says of a person, each time it is asked. */
export interface PersonReads {
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
  readonly hasSecondFactor: (sub: string) => Promise<boolean>;
}

/**
 * All of one read, done once a protocol request: the library asks for the account, the grant, the
 * prompts and the claims one after the other. The next request reads anew: the register decides at each use.
 */
export function readOncePerRequest(
  standing: (sub: string) => Promise<Standing | undefined>,
  { memory }: FastLane,
): PersonReads {
  const reads = memory<string, Promise<Standing | undefined>>(() => Provider.ctx);
  const read = (sub: string): Promise<Standing | undefined> => {
    const done = reads();
    const known = done.get(sub) ?? standing(sub);
    done.set(sub, known);
    return known;
  };
  return {
    findAccount: async (sub) => (await read(sub))?.account,
    openEstablishments: async (sub) => (await read(sub))?.open ?? [],
    hasSecondFactor: async (sub) => (await read(sub))?.hasSecondFactor === true,
  };
}
