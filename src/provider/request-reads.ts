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

/** The same, told of what another look-up has read on its way. */
export interface ToldPersonReads extends PersonReads {
  /** Within the request under way this is not read again. */
  readonly tell: (sub: string, rows: readonly object[]) => void;
}

/** What the register says of a person: asked, or read in the rows of a look-up that asked it beside. */
export interface Standings {
  readonly standing: (sub: string) => Promise<Standing | undefined>;
  readonly standingIn: (rows: readonly object[]) => Standing | undefined;
}

/**
 * All of one read, done once a protocol request: the library asks for the account, the grant, the
 * prompts and the claims one after the other. The next request reads anew: the register decides at each use.
 */
export function readOncePerRequest(standings: Standings, { memory }: FastLane): ToldPersonReads {
  const reads = memory<string, Promise<Standing | undefined>>(() => Provider.ctx);
  const read = (sub: string): Promise<Standing | undefined> => {
    const done = reads();
    const known = done.get(sub) ?? standings.standing(sub);
    done.set(sub, known);
    return known;
  };
  return {
    tell: (sub, rows) => {
      const done = reads();
      // What was read first holds for the whole request.
      if (!done.has(sub)) done.set(sub, Promise.resolve(standings.standingIn(rows)));
    },
    findAccount: async (sub) => (await read(sub))?.account,
    openEstablishments: async (sub) => (await read(sub))?.open ?? [],
    hasSecondFactor: async (sub) => (await read(sub))?.hasSecondFactor === true,
  };
}
