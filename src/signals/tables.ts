import { type Clock, days, isoInstant } from "../foundation/index.ts";
import type { ClaimedTable } from "../house/index.ts";
import { mayBeKnownElsewhere } from "../outbox/index.ts";
import type { AudienceStore } from "./audience-store.ts";
import type { Streams } from "./streams.ts";
import type { StreamStore } from "./stream-store.ts";
import type { WaitingStore } from "./waiting-store.ts";

/** How long an event waits for its receiver. */
export const waitingDays = 7;

/** The most that waits for one stream: it is disabled then, and nothing waits for it any more. */
export const mostWaiting = 20_000;

/** What the tables are looked after with. */
export interface SignalTableParts {
  readonly clock: Clock;
  readonly streams: StreamStore;
  readonly waiting: WaitingStore;
  readonly audiences: AudienceStore;
  readonly acts: Pick<Streams, "remove" | "setStatus">;
  /** Whether there is such a client, served or not, as far as this node knows. */
  readonly isKnown: (clientId: string) => boolean;
}

const ofApplication = { because: "about an application" };
const unreadable = { because: "sealed, or a mark that leads back to nobody" };

/** The room's tables. */
export function signalTables(parts: SignalTableParts): ClaimedTable[] {
  const isGone = goneClients(parts);
  return [
    {
      table: "signal_streams",
      personal: [],
      impersonal: [
        ...["stream_id", "client_id", "slot", "status", "status_by", "reason"],
        ...["events_requested", "description", "encrypted_push", "created_at", "verified_at"],
      ],
      export: ofApplication,
      erase: ofApplication,
      purge: [{ as: "signalStreams", run: () => endStreams(parts, isGone) }],
    },
    eventTable(parts),
    {
      table: "signal_exclusions",
      personal: ["subject_mark"],
      impersonal: ["stream_id", "created_at"],
      export: unreadable,
      erase: unreadable,
      purge: { because: "removed with their stream" },
    },
    audienceTable(parts),
  ];
}

function eventTable({ waiting, clock }: SignalTableParts): ClaimedTable {
  return {
    table: "signal_events",
    personal: ["subject_mark", "encrypted_event"],
    impersonal: ["id", "stream_id", "name", "sequence", "created_at"],
    export: unreadable,
    erase: {
      because: `its receiver must hear of the erasure; it waits ${waitingDays} days at most`,
    },
    purge: [
      {
        as: "signalEvents",
        run: () => waiting.purge(clock.epochSeconds() - days(waitingDays)),
      },
    ],
  };
}

function audienceTable({ audiences }: SignalTableParts): ClaimedTable {
  return {
    table: "signal_audiences",
    personal: ["account_sub", "client_id", "scopes", "told_at"],
    impersonal: [],
    export: {
      as: "told_of_disabled_account",
      read: async ({ sub }) =>
        (await audiences.list(sub)).map(({ clientId, toldAt }) => ({
          client_id: clientId,
          told_at: isoInstant(toldAt),
        })),
    },
    erase: (transaction, { sub }) => audiences.within(transaction).remove(sub),
    purge: { because: "removed when the account is enabled or erased" },
  };
}

/**
 * Which clients exist no more: of one that this node does not know another may, by a newer declaration, as long as nodes are
 * replaced one by one.
 */
function goneClients({ clock, isKnown }: SignalTableParts): (clientId: string) => boolean {
  const unknownSince = new Map<string, number>();
  return (clientId) => {
    const now = clock.epochSeconds();
    if (isKnown(clientId)) {
      unknownSince.delete(clientId);
      return false;
    }
    const createdAt = unknownSince.get(clientId) ?? now;
    unknownSince.set(clientId, createdAt);
    return !mayBeKnownElsewhere({ createdAt }, now);
  };
}

/** Streams of clients that exist no more go; one whose receiver takes nothing is disabled. @returns how many */
async function endStreams(
  { streams, waiting, acts }: SignalTableParts,
  isGone: (clientId: string) => boolean,
): Promise<number> {
  let ended = 0;
  const counts = await waiting.counts();
  for (const { id, clientId, status } of await streams.list()) {
    if (isGone(clientId)) {
      if (await acts.remove(clientId, id, "operator")) ended += 1;
    } else if (status !== "disabled" && (counts.get(id) ?? 0) > mostWaiting) {
      const wish = { status: "disabled", reason: "too much waits", actor: "operator" } as const;
      await acts.setStatus(clientId, id, wish);
      ended += 1;
    }
  }
  return ended;
}
