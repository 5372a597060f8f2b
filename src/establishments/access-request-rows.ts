import type { EmailAddress } from "../foundation/index.ts";
import type {
  AccessRequest,
  AskedEstablishment,
  AskedState,
  QueuedRequest,
} from "./access-request.ts";
import type { Siret } from "./siret.ts";

/** As builds know it that know no withdrawal. */
export type StoredState = "waiting" | "accepted" | "refused";

/** A row of `access_requests`. */
export interface RequestRow {
  id: number;
  account_id: number;
  sirets: string;
  message: string | null;
  client_id: string | null;
  state: StoredState;
  asked_at: number;
  decided_at: number | null;
  decided_by: string | null;
  reason: string | null;
  decisions: string | null;
  refusal_reason: string | null;
  taken_by: string | null;
  taken_at: number | null;
}

/** The same with who asks. */
export interface QueuedRow extends RequestRow {
  sub: string;
  email: EmailAddress | null;
  given_name: string;
  family_name: string;
}

/** A request from its row. */
export function toRequest(row: RequestRow): AccessRequest {
  const establishments = establishmentsOf(row);
  return {
    id: row.id,
    accountId: row.account_id,
    sirets: establishments.map(({ siret }) => siret),
    establishments,
    ...(row.message !== null && { message: row.message }),
    ...(row.client_id !== null && { clientId: row.client_id }),
    state: row.state === "waiting" ? row.state : stateOfAll(establishments),
    askedAt: row.asked_at,
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
    ...(row.decided_by !== null && { decidedBy: row.decided_by }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.refusal_reason !== null && { refusalReason: row.refusal_reason }),
    ...(row.taken_by !== null && { takenBy: row.taken_by }),
    ...(row.taken_at !== null && { takenAt: row.taken_at }),
  };
}

/** One that no decision names stands as its request: release 0.2.0 decides all of them alike. */
export function establishmentsOf({ sirets, decisions, state }: RequestRow): AskedEstablishment[] {
  const decided = new Map(
    (decisions ?? "").split(" ").map((each) => each.split(":") as [string, AskedState]),
  );
  return sirets.split(" ").map((siret) => {
    const own = decided.get(siret) ?? "waiting";
    return { siret: siret as Siret, state: own === "waiting" ? state : own };
  });
}

/** As the column `decisions` holds them. */
export function writtenDecisions(establishments: readonly AskedEstablishment[]): string {
  return establishments
    .filter(({ state }) => state !== "waiting")
    .map(({ siret, state }) => `${siret}:${state}`)
    .join(" ");
}

/** Of what is refused whole the reason says why, as builds know it that know no parts. */
export function writtenReasons(
  state: AskedState,
  {
    reason,
    refusalReason,
  }: { readonly reason?: string | undefined; readonly refusalReason?: string | undefined },
) {
  const isWhole = state === "refused";
  return {
    reason: (isWhole ? refusalReason : reason) ?? null,
    refusal_reason: (isWhole ? undefined : refusalReason) ?? null,
  };
}

/** What a request is, by what became of its establishments: accepted when one was, refused only when none was withdrawn. */
export function stateOfAll(establishments: readonly AskedEstablishment[]): AskedState {
  const states = ["waiting", "accepted", "withdrawn"] as const;
  return states.find((each) => establishments.some(({ state }) => state === each)) ?? "refused";
}

/** A request of the queue from its row. */
export function toQueued(row: QueuedRow): QueuedRequest {
  return {
    ...toRequest(row),
    sub: row.sub,
    ...(row.email !== null && { email: row.email }),
    givenName: row.given_name,
    familyName: row.family_name,
  };
}
