import type { AccountStore } from "../accounts/index.ts";
import type { AccessPageStore, Accesses } from "../establishments/index.ts";
import type { Clock } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { Cursors } from "./cursors.ts";

/** What the access operations need. */
export interface AccessOperationParts {
  readonly accesses: Accesses;
  readonly accessPages: AccessPageStore;
  readonly accounts: Pick<AccountStore, "findByEmail">;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly record: RecordEvent;
}

/** The number that a path names; undefined when it is none that a row could have. */
export function accessId({ id = "" }: Readonly<Record<string, string>>): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(id) ? Number(id) : undefined;
}
