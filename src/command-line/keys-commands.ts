import type { Command } from "commander";
import type { Application } from "../application.ts";
import { isoInstant, parisInstant } from "../foundation/index.ts";
import { type Answer, failed, listed, shown } from "./answer.ts";
import type { CommandRun } from "./program.ts";

/** `lopauth keys …`: the signing keys, never their private parts. */
export function addKeyCommands(keys: Command, run: CommandRun): void {
  keys
    .command("list")
    .description("every signing key: the next ones are published, the previous ones still verify")
    .action(() => run.withApplication(listKeys));
  keys
    .command("rotate")
    .description("let the next keys sign from now on (the server does so by itself every 90 days)")
    .action(() => run.withApplication(rotateNow));
}

async function listKeys({ keyStore }: Application): Promise<Answer> {
  const instant = (at: number | undefined) => (at === undefined ? "" : parisInstant(at));
  const instantOrNull = (at: number | undefined) => (at === undefined ? null : isoInstant(at));
  return listed({
    pages: [await keyStore.list()],
    header: ["KID", "ALG", "STATE", "CREATED", "SIGNS SINCE", "RETIRED"],
    cells: ({ kid, alg, state, createdAt, currentSince, retiredAt }) => [
      kid,
      alg,
      state,
      parisInstant(createdAt),
      instant(currentSince),
      instant(retiredAt),
    ],
    view: ({ kid, alg, state, createdAt, currentSince, retiredAt }) => ({
      kid,
      alg,
      state,
      created_at: isoInstant(createdAt),
      current_since: instantOrNull(currentSince),
      retired_at: instantOrNull(retiredAt),
    }),
    none: "There is no key yet: the provider makes them at its first start.",
  });
}

async function rotateNow(application: Application): Promise<Answer> {
  const { rotateKeys } = await import("../provider/index.ts");
  if ((await application.keyStore.list()).length === 0) {
    return failed(
      "nothing was rotated: there is no key yet; the provider makes them at its first start",
    );
  }
  const outcome = await rotateKeys(application);
  if (!outcome.accepted) {
    const [{ reason, details }] = outcome.problems;
    return failed(
      reason === "already-rotated"
        ? "nothing was rotated: another node has just done it"
        : `nothing was rotated: the next keys are published for too short a time, relying parties may not know them; try again in ${details?.["seconds"] ?? 0} s`,
    );
  }
  const { promoted, retired } = outcome.value;
  const lines = promoted.map(({ kid, alg }) => `${alg}: ${kid} signs from now on`);
  const document = {
    promoted: promoted.map(({ kid, alg }) => ({ kid, alg })),
    retired: retired.map(({ kid, alg }) => ({ kid, alg })),
  };
  return shown(
    document,
    `${lines.join("\n")}\nEvery node follows within seconds; the former keys go on verifying.`,
  );
}
