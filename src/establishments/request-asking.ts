import {
  type Clock,
  type Outcome,
  type Problem,
  accepted,
  days,
  minutes,
  refused,
} from "../foundation/index.ts";
import { type RecordSoon, recordedTransaction } from "../house/index.ts";
import type { Database, Queryable } from "../storage/index.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import {
  type AccessRequest,
  type AskCommand,
  type AskRefusal,
  type Asked,
  checkAsking,
  mostADay,
  mostWaiting,
} from "./access-request.ts";
import { AccessStore } from "./access-store.ts";
import { HolderStore } from "./holder-store.ts";
import { type RequestLetterSurroundings, writeReceived } from "./request-letters.ts";
import { type Siret, formatSiret } from "./siret.ts";

/** What asking needs. */
export interface AskingSurroundings extends RequestLetterSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly recordSoon: RecordSoon;
}

/** How long the same form sent again is the same request: a double click, a page sent twice. */
const repeatedSeconds = minutes(1);

/**
 * Keeps what is new of a request, within the limits of its account: what waits already, or is open, is not asked twice.
 * The same sent again within a minute is one request.
 */
export async function ask(
  surroundings: AskingSurroundings,
  command: AskCommand,
): Promise<Outcome<Asked, AskRefusal>> {
  const checked = checkAsking(command);
  if (!checked.accepted) return checked;
  return recordedTransaction(surroundings, async (transaction, tell) => {
    // Requests of one account stand in line here: parallel ones cannot pass the limits together.
    const [holder] = await new HolderStore(transaction).hold([command.account.id]);
    if (holder?.state !== "active") return refused({ reason: "account-not-active" });
    const now = surroundings.clock.epochSeconds();
    const store = new AccessRequestStore(transaction);
    const waiting = await store.waitingOf([holder.id]);
    const known = knownOf(checked.value.sirets, waiting, await openTo(transaction, holder, now));
    const again = repeatedOf(known, waiting, checked.value, now);
    if (again) return accepted(again);
    const { alreadyWaiting, alreadyOpen } = known;
    const [nothingNew, ...others] = known.fresh.length === 0 ? knownProblems(known) : [];
    if (nothingNew) return refused(nothingNew, ...others);
    const askedAt = await store.askedSince(holder.id, now - days(1), now);
    const problem = limitProblem({ waiting: waiting.length, askedAt }, now);
    if (problem) return refused(problem);
    const { clientId } = command;
    const { message } = checked.value;
    const kept = { sirets: known.fresh, message, accountId: holder.id, clientId, askedAt: now };
    const request = await store.insert(kept);
    await writeReceived(surroundings, transaction, holder, request.sirets);
    const about = { subject: { sub: holder.sub }, clientId, ...command.context };
    tell({ name: "access-requested", outcome: "accepted", ...about });
    return accepted({ request, isRepeated: false, alreadyWaiting, alreadyOpen });
  });
}

/** The same sent again: the request that it made. */
function repeatedOf(
  { fresh, alreadyWaiting, alreadyOpen }: ReturnType<typeof knownOf>,
  waiting: readonly AccessRequest[],
  asked: AskedAgain,
  now: number,
): Asked | undefined {
  const request = waiting.find((each) => isRepeated(each, asked, now));
  if (fresh.length > 0 || !request) return undefined;
  const others = alreadyWaiting.filter((siret) => !request.sirets.includes(siret));
  return { request, isRepeated: true, alreadyWaiting: others, alreadyOpen };
}

/** What of these establishments waits for an account, or is open to it. */
export async function known(
  { clock, database }: AskingSurroundings,
  account: { readonly id: number },
  sirets: readonly Siret[],
): Promise<Pick<Asked, "alreadyWaiting" | "alreadyOpen">> {
  const open = await openTo(database.knex, account, clock.epochSeconds());
  return knownOf(sirets, await new AccessRequestStore(database.knex).waitingOf([account.id]), open);
}

function limitProblem(
  { waiting, askedAt }: { readonly waiting: number; readonly askedAt: readonly number[] },
  now: number,
): Problem<AskRefusal> | undefined {
  if (waiting >= mostWaiting)
    return { reason: "requests-waiting", details: { maximum: mostWaiting } };
  const oldest = askedAt.at(-mostADay);
  if (oldest === undefined) return undefined;
  return { reason: "requests-too-many", details: { seconds: oldest + days(1) - now } };
}

/** What of `sirets` is new, waits already, or is open. */
function knownOf(
  sirets: readonly Siret[],
  waiting: readonly AccessRequest[],
  open: ReadonlySet<Siret>,
) {
  const waits = new Set(
    waiting.flatMap(({ establishments }) =>
      establishments.filter(({ state }) => state === "waiting").map(({ siret }) => siret),
    ),
  );
  return {
    fresh: sirets.filter((siret) => !open.has(siret) && !waits.has(siret)),
    alreadyWaiting: sirets.filter((siret) => waits.has(siret)),
    alreadyOpen: sirets.filter((siret) => open.has(siret) && !waits.has(siret)),
  };
}

async function openTo(
  db: Queryable,
  { id }: { readonly id: number },
  now: number,
): Promise<ReadonlySet<Siret>> {
  const open = await new AccessStore(db).findOpen([id], now);
  return new Set(open.map(({ siret }) => siret));
}

interface AskedAgain {
  readonly sirets: readonly Siret[];
  readonly message: string | undefined;
}

function isRepeated(
  { sirets, message, askedAt }: AccessRequest,
  asked: AskedAgain,
  now: number,
): boolean {
  const isRecent = Math.abs(now - askedAt) < repeatedSeconds;
  const isPart = sirets.every((siret) => asked.sirets.includes(siret));
  return isRecent && message === asked.message && isPart;
}

function knownProblems({
  alreadyWaiting,
  alreadyOpen,
}: ReturnType<typeof knownOf>): Problem<AskRefusal>[] {
  const field = "sirets";
  const shown = (sirets: readonly Siret[]) => sirets.map(formatSiret).join(", ");
  return [
    ...(alreadyWaiting.length > 0
      ? [{ field, reason: "sirets-waiting", details: { sirets: shown(alreadyWaiting) } } as const]
      : []),
    ...(alreadyOpen.length > 0
      ? [{ field, reason: "sirets-open", details: { sirets: shown(alreadyOpen) } } as const]
      : []),
  ];
}
