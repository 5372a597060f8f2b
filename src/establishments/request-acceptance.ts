import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { AccessRequestStore } from "./access-request-store.ts";
import type { AccessRequest } from "./access-request.ts";
import type { Holder } from "./access.ts";
import type { Accesses } from "./accesses.ts";
import { mayAct } from "./act-authority.ts";
import { HolderStore } from "./holder-store.ts";
import type { AskingSurroundings } from "./request-asking.ts";
import type { AcceptCommand, AcceptRefusal, CheckedAcceptance } from "./request-commands.ts";
import { decidedEvents } from "./recorded-acts.ts";
import { named, writeRefusal } from "./request-letters.ts";
import type { Siret } from "./siret.ts";

/** What accepting needs. */
export interface AcceptingSurroundings extends AskingSurroundings {
  readonly accesses: Accesses;
}

/** What is accepted of a request, by whom and until when. */
type Acceptance = CheckedAcceptance & Pick<AcceptCommand, "by" | "untilAt">;

type Openings = Awaited<ReturnType<Accesses["openWithin"]>>;
type Opened = Extract<Openings, { readonly accepted: true }>;

/**
 * Decides each establishment of a request and opens what is accepted, in one transaction, with one letter.
 * @returns what was opened, to be announced once it is written
 */
export async function acceptWithin(
  surroundings: AcceptingSurroundings,
  transaction: Transaction,
  asked: AccessRequest,
  acceptance: Acceptance,
): Promise<Opened | Outcome<never, AcceptRefusal>> {
  const { untilAt, by } = acceptance;
  const holders = new HolderStore(transaction);
  const [holder] = await holders.hold([asked.accountId], by);
  const why = (await mayAct(holders, by))(holder);
  if (why) return refused({ reason: why });
  const now = surroundings.clock.epochSeconds();
  if (holder?.state !== "active") return refused({ reason: "account-not-active" });
  if (untilAt !== undefined && untilAt <= now)
    return refused({ field: "untilAt", reason: "until-passed" });
  const waiting = await waitingOf(transaction, asked);
  const decided = await decide(transaction, asked, acceptance, now);
  if (!decided) return refused({ reason: "request-not-waiting" });
  // What was decided since the page of who accepts was filled, and may be closed again, is not opened in its name.
  const sirets = acceptance.sirets.filter((siret) => waiting.has(siret));
  const chosen = { ...acceptance, sirets };
  const opening = await open(surroundings, transaction, {
    ...{ holder, decided, at: now },
    acceptance: chosen,
  });
  const { recordSoon } = surroundings;
  const placed = await recordSoon(transaction, decidedEvents(decided, holder.sub));
  const { opened, announce } = opening.value;
  const announceAll = async () => {
    await announce();
    await placed();
  };
  return accepted({ opened, announce: announceAll });
}

/** What waits of a request now; its account is held. */
async function waitingOf(transaction: Transaction, { id }: AccessRequest): Promise<Set<Siret>> {
  const { establishments = [] } = (await new AccessRequestStore(transaction).find(id)) ?? {};
  const waiting = establishments.filter(({ state }) => state === "waiting");
  return new Set(waiting.map(({ siret }) => siret));
}

function decide(
  transaction: Transaction,
  asked: AccessRequest,
  { sirets, by, reason, refusalReason }: Acceptance,
  now: number,
): Promise<AccessRequest | undefined> {
  const establishments = asked.sirets.map((siret) => ({
    siret,
    state: sirets.includes(siret) ? ("accepted" as const) : ("refused" as const),
  }));
  const decision = { establishments, by, reason, refusalReason, at: now };
  return new AccessRequestStore(transaction).decide(asked.id, decision);
}

/** The letter of what is opened says what was not accepted, too; where all was open before, it says that alone. */
async function open(
  surroundings: AcceptingSurroundings,
  transaction: Transaction,
  {
    holder,
    decided,
    at,
    acceptance: { sirets, untilAt, by, reason, refusalReason },
  }: {
    readonly holder: Holder;
    readonly decided: AccessRequest;
    readonly at: number;
    readonly acceptance: Acceptance;
  },
): Promise<Opened> {
  const left = decided.establishments.filter(({ state }) => state === "refused");
  const notAccepted = await named(
    transaction,
    left.map(({ siret }) => siret),
  );
  const openings = sirets.map((siret) => ({ account: holder, siret, untilAt, reason, by }));
  const beside = { notAccepted, reason: refusalReason };
  const opening = await surroundings.accesses.openWithin(transaction, openings, { at, beside });
  if (!opening.accepted) throw new Error(`a request: ${opening.problems[0].reason}`);
  if (opening.value.opened.length === 0)
    await writeRefusal(surroundings, transaction, holder, notAccepted, refusalReason);
  return opening;
}
