import { type Account, stillCounts } from "../accounts/index.ts";
import type { Clock } from "../foundation/index.ts";
import { carriedBy } from "./carried-credentials.ts";
import type { InteractionState } from "./interaction.ts";
import type { Library, LibrarySession } from "./library.ts";

/** What the session of an interaction is judged by. */
export interface InteractionSessionParts {
  readonly library: Library;
  readonly clock: Clock;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
}

/**
 * The session that an authorization goes on in: the one it was asked in, found by the interaction and never by the
 * cookie of a request, which the browser of a stranger leaves out at will.
 * @returns undefined when it has ended, or what it was signed in with counts no more
 */
export async function interactionSession(
  { library, clock, findAccount }: InteractionSessionParts,
  { interaction }: Pick<InteractionState, "interaction">,
): Promise<LibrarySession | undefined> {
  const { accountId, uid } = interaction.session ?? {};
  if (accountId === undefined || uid === undefined) return undefined;
  const session = await library.now().Session.findByUid(uid);
  if (session?.accountId !== accountId) return undefined;
  const account = await findAccount(accountId);
  if (account?.state !== "active") return undefined;
  const proven = { credentials: carriedBy(session), at: session.loginTs ?? 0 };
  return stillCounts(proven, account, clock) ? session : undefined;
}
