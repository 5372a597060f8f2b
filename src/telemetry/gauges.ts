import type { Gauge, GaugeSample } from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import { mostSeries } from "./accumulated.ts";

/** How long one gauge may take. */
const patienceMilliseconds = 2000;

/** A gauge as it is asked: in time, and seldom where it says so. */
export interface AskedGauge {
  readonly gauge: Gauge;
  /** @returns nothing when it cannot be read now: the others are */
  readonly ask: () => Promise<readonly GaugeSample[]>;
}

/** @param now milliseconds, of any clock that only goes forward */
export function askedGauge(
  gauge: Gauge,
  { logger, now }: { readonly logger: Pick<Logger, "warn">; readonly now: () => number },
): AskedGauge {
  let kept: { readonly until: number; readonly samples: readonly GaugeSample[] } | undefined;
  let underWay: Promise<readonly GaugeSample[]> | undefined;
  let failing = false;
  const bounded = boundedTo(mostSeries, gauge, logger);
  const read = async (): Promise<readonly GaugeSample[]> => {
    try {
      const samples = bounded(await gauge.read());
      kept = { until: now() + (gauge.keptSeconds ?? 0) * 1000, samples };
      failing = false;
      return samples;
    } catch (error) {
      // Asked each few seconds: said once, until it works again.
      if (!failing) logger.warn({ gauge: gauge.name, err: error }, "a gauge cannot be read");
      failing = true;
      return [];
    } finally {
      underWay = undefined;
    }
  };
  return {
    gauge,
    ask: () => {
      if (kept && now() < kept.until) return Promise.resolve(kept.samples);
      // What hangs is not asked a second time beside itself.
      underWay ??= read();
      return inTime(underWay);
    },
  };
}

/** More series than that are a fault of ours: said once, until it is over. */
function boundedTo(most: number, { name }: Gauge, logger: Pick<Logger, "warn">) {
  let isTooLong = false;
  return (samples: readonly GaugeSample[]) => {
    const exceeds = samples.length > most;
    if (exceeds && !isTooLong) logger.warn({ gauge: name }, "a gauge has too many series");
    isTooLong = exceeds;
    return exceeds ? samples.slice(0, most) : samples;
  };
}

async function inTime(samples: Promise<readonly GaugeSample[]>): Promise<readonly GaugeSample[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<readonly GaugeSample[]>((resolve) => {
    timer = setTimeout(() => resolve([]), patienceMilliseconds);
  });
  return Promise.race([samples, tooLate]).finally(() => clearTimeout(timer));
}
