import type { Clock, Gauge } from "../foundation/index.ts";
import type { OutboxFiguresStore, WaitingFigures } from "./outbox-figures-store.ts";

/**
 * What waits, for how long, and what was given up; the same on every node, for all look at one table.
 * @param kinds of the channels whose entries are not called by what they are; read at each look
 */
export function outboxGauges(
  store: OutboxFiguresStore,
  clock: Clock,
  kinds: ReadonlyMap<string, string>,
): readonly Gauge[] {
  const figures = sharedFigures(() => store.waiting(clock.epochSeconds(), kinds));
  const waiting = (
    name: string,
    help: string,
    value: (figures: WaitingFigures, now: number) => number,
  ): Gauge => ({
    name,
    help,
    read: async () => {
      const now = clock.epochSeconds();
      return (await figures()).map((each) => ({
        labels: { channel: each.channel, kind: each.kind, destination: each.destination },
        value: value(each, now),
      }));
    },
  });
  return [
    waiting("outbox_waiting", "Entries that wait to be delivered.", ({ count }) => count),
    waiting(
      "outbox_oldest_age_seconds",
      "How long ago the oldest entry that waits was made.",
      ageOf,
    ),
    waiting(
      "outbox_lag_seconds",
      "For how long an entry is due that no sender has taken: whether anybody sends at all.",
      ({ dueSince }, now) => (dueSince === undefined ? 0 : Math.max(0, now - dueSince)),
    ),
    givenUp(store),
  ];
}

function givenUp(store: OutboxFiguresStore): Gauge {
  return {
    name: "outbox_given_up",
    help: "Entries of the last 30 days that could not be delivered.",
    read: async () =>
      (await store.failed()).map(({ channel, count }) => ({ labels: { channel }, value: count })),
  };
}

/** Gauges that are asked together share one look at the table. */
function sharedFigures(look: () => Promise<WaitingFigures[]>): () => Promise<WaitingFigures[]> {
  let underWay: Promise<WaitingFigures[]> | undefined;
  return () =>
    (underWay ??= look().finally(() => {
      underWay = undefined;
    }));
}

function ageOf({ oldest }: WaitingFigures, now: number): number {
  return Math.max(0, now - oldest);
}
