import Provider from "oidc-provider";
import type { Account } from "../accounts/index.ts";
import type { Establishment } from "../establishments/index.ts";

/** What the register says of a person, each time it is asked. */
export interface PersonReads {
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly openEstablishments: (sub: string) => Promise<readonly Establishment[]>;
}

/**
 * The same reads, each done once a protocol request: the library asks for the account, the grant, the
 * prompts and the claims one after the other. The next request reads anew: the register decides at each use.
 */
export function readOncePerRequest(reads: PersonReads): PersonReads {
  return {
    findAccount: oncePerRequest(reads.findAccount),
    openEstablishments: oncePerRequest(reads.openEstablishments),
  };
}

function oncePerRequest<Result>(
  read: (sub: string) => Promise<Result>,
): (sub: string) => Promise<Result> {
  const requests = new WeakMap<object, Map<string, Promise<Result>>>();
  return (sub) => {
    const request = Provider.ctx;
    // Outside the library's endpoints (our pages, jobs) there is no request to remember for.
    if (!request) return read(sub);
    const done = requests.get(request) ?? new Map<string, Promise<Result>>();
    requests.set(request, done);
    const known = done.get(sub) ?? read(sub);
    done.set(sub, known);
    return known;
  };
}
