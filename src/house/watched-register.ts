import { clocksApart } from "../operations/index.ts";
import type { Ground } from "./ground.ts";

/** A node whose database is silent, or whose clock is wrong, takes itself out of service until that is over. */
export async function watchRegister({
  database,
  node,
  clock,
  logger,
  comparesClocks = true,
}: Pick<Ground, "database" | "node" | "clock" | "logger" | "comparesClocks">): Promise<void> {
  await database.watch({
    changed: (fault) => {
      node.set("database", fault !== undefined);
      if (fault) logger.error({ reason: fault.reason }, "the database does not answer");
      else logger.info({}, "the database answers again");
    },
    clock: (theirs) => {
      const { secondsAhead, tooFar } = clocksApart(clock, theirs);
      const isWrong = comparesClocks && tooFar;
      if (!node.set("clock", isWrong)) return;
      const fields = { secondsAhead };
      if (isWrong) logger.error(fields, "the clocks of this node and of the database are apart");
      else logger.info(fields, "the clocks of this node and of the database agree again");
    },
  });
}
