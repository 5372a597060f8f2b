import type { AccountChange } from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import type { Access } from "../establishments/index.ts";
import { type Clock, pieces } from "../foundation/index.ts";
import type { EndingReason, LogoutNotice } from "../provider/index.ts";
import type { FactorsChanged } from "../second-factors/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Announcer, Happening } from "./announcer.ts";
import type { AudienceStore } from "./audience-store.ts";
import { credentialReasons, endingReasons } from "./reasons.ts";

/** What the acts of the rooms below become, each in the transaction of its act. */
export interface Causes {
  readonly accountChanged: (transaction: Transaction, change: AccountChange) => Promise<void>;
  readonly factorsChanged: (transaction: Transaction, change: FactorsChanged) => Promise<void>;
  readonly accessesChanged: (
    transaction: Transaction,
    change: "opened" | "closed",
    accesses: readonly Access[],
  ) => Promise<void>;
  readonly sessionsEnded: (
    transaction: Transaction,
    ended: readonly LogoutNotice[],
    why: EndingReason,
  ) => Promise<void>;
}

/** What they are built of. */
export interface CauseParts {
  readonly announcer: Announcer;
  readonly audiences: AudienceStore;
  readonly artifacts: Pick<ArtifactStore, "sessionsOf">;
  readonly clock: Clock;
  /** What `acr` says of one factor, and of two; they name a level of assurance. */
  readonly levels: { readonly one: string; readonly two: string };
}

/** The most establishments that one event names. */
const siretsAnEvent = 200;

/** Builds them on the announcer. */
export function createCauses(parts: CauseParts): Causes {
  const { announcer, clock } = parts;
  return {
    accountChanged: (transaction, change) => accountChanged(parts, transaction, change),
    factorsChanged: (transaction, change) => factorsChanged(parts, transaction, change),
    accessesChanged: async (transaction, change, accesses) => {
      if (!(await announcer.isHeard(transaction))) return;
      const event_timestamp = clock.epochSeconds();
      for (const [sub, own] of Map.groupBy(accesses, (access) => access.sub)) {
        const sirets = own.map(({ siret }) => siret).sort();
        for (const some of pieces(sirets, siretsAnEvent)) {
          const data = { claims: { establishments: { [change]: some } }, event_timestamp };
          const told = { name: "token-claims-change", sub, data, scope: "establishments" } as const;
          await announcer.announce(transaction, told);
        }
      }
    },
    sessionsEnded: async (transaction, ended, why) => {
      if (!(await announcer.isHeard(transaction))) return;
      for (const [sub, own] of Map.groupBy(ended, (notice) => notice.sub))
        await announcer.announce(transaction, await endOf(parts, sub, own, why));
    },
  };
}

async function factorsChanged(
  parts: CauseParts,
  transaction: Transaction,
  { account: { sub }, added, removed, level, by }: FactorsChanged,
): Promise<void> {
  const { announcer, clock } = parts;
  const entity = { event_timestamp: clock.epochSeconds(), initiating_entity: by };
  const kinds = [
    ...removed.map((kind) => ({ kind, type: "delete", why: credentialReasons.removed })),
    ...added.map((kind) => ({ kind, type: "create", why: credentialReasons.added })),
  ];
  for (const { kind, type, why } of kinds) {
    const said = { credential_type: kind, change_type: type, reason_admin: why };
    const data = { ...said, ...entity };
    await announcer.announce(transaction, { name: "credential-change", sub, data });
  }
  if (!level) return;
  const data = { ...levelChange(parts, level), ...entity };
  await announcer.announce(transaction, { name: "assurance-level-change", sub, data });
}

async function accountChanged(
  parts: CauseParts,
  transaction: Transaction,
  change: AccountChange,
): Promise<void> {
  const { announcer, audiences } = parts;
  if (!(await announcer.isHeard(transaction))) return;
  const { sub } = change.account;
  const now = parts.clock.epochSeconds();
  const happening = { sub, ...happeningOf(change, now) };
  if (change.kind !== "disabled") await announcer.announce(transaction, happening);
  else {
    const hearers = await announcer.hearersOf(transaction, sub);
    // Their grants end with it, and the day it is enabled they are to hear of that.
    await audiences.within(transaction).insert(sub, hearers, now);
    await announcer.announce(transaction, { ...happening, hearers });
  }
  if (change.kind === "enabled") await audiences.within(transaction).remove(sub);
}

function happeningOf(change: AccountChange, now: number): Omit<Happening, "sub"> {
  switch (change.kind) {
    case "disabled":
      return { name: "account-disabled", data: {} };
    case "enabled":
      return { name: "account-enabled", data: {} };
    case "deleted":
      return { name: "account-purged", data: {} };
    case "password-changed": {
      const reason = { initiating_entity: "user", reason_admin: credentialReasons.password };
      const said = { credential_type: "password", change_type: "update", ...reason };
      return { name: "credential-change", data: { ...said, event_timestamp: now } };
    }
    case "email-changed": {
      const { email } = change.account;
      return {
        name: "identifier-changed",
        data: { "new-value": change.email },
        scope: "email",
        // The address that the client knew.
        subjectAt: () => ({ format: "email", email }),
      };
    }
  }
}

function levelChange({ levels }: CauseParts, level: "raised" | "lowered") {
  const isRaised = level === "raised";
  const { one, two } = levels;
  return {
    namespace: one.slice(0, one.lastIndexOf("/")),
    current_level: isRaised ? two : one,
    previous_level: isRaised ? one : two,
    change_direction: isRaised ? "increase" : "decrease",
  };
}

/**
 * The end of some sessions of one person. Without a session of theirs that goes on at a client the person alone is named,
 * which says all of their sessions there; else the one that ended is, or the client would end the other too.
 */
async function endOf(
  { artifacts, clock }: CauseParts,
  sub: string,
  ended: readonly LogoutNotice[],
  why: EndingReason,
): Promise<Happening> {
  const { by, why: reason } = endingReasons[why];
  const at = (clientId: string) => ended.filter((each) => each.clientId === clientId);
  const sidsOf = (clientId: string) => new Set(at(clientId).flatMap(({ sid }) => sid ?? []));
  const sessions = (await artifacts.sessionsOf(sub)) as readonly SessionPayload[];
  return {
    name: "session-revoked",
    sub,
    data: {
      event_timestamp: clock.epochSeconds(),
      ...(by && { initiating_entity: by }),
      reason_admin: reason,
    },
    hearers: [...new Set(ended.map(({ clientId }) => clientId))].map((clientId) => ({
      clientId,
      scopes: new Set<string>(),
    })),
    keyAt: (clientId) => {
      // A session ends once; one that goes on may lose a grant, and another later.
      const endsGrants = why === "access-closed" || why === "consent-withdrawn";
      const grants = endsGrants ? at(clientId).flatMap(({ grant }) => grant ?? []) : [];
      const names = [...sidsOf(clientId), ...grants].sort();
      return names.length === 0 ? undefined : [sub, ...names].join(" ");
    },
    subjectAt: (clientId, known) => {
      const sids = sidsOf(clientId);
      const [sid] = sids;
      const others = () => sessions.some((session) => goesOn(session, clientId, sids));
      if (sid === undefined || sids.size > 1 || !others()) return known;
      return { format: "complex", user: known, session: { format: "opaque", id: sid } };
    },
  };
}

/** Whether a session that still lives is at this client another than those that ended. */
function goesOn(
  { authorizations = {} }: SessionPayload,
  clientId: string,
  ended: ReadonlySet<string>,
): boolean {
  const sid = authorizations[clientId]?.sid;
  return sid !== undefined && !ended.has(sid);
}

interface SessionPayload {
  readonly authorizations?: Readonly<Record<string, { readonly sid?: string }>>;
}
