import { ConfigurationError, type ConfigurationProblem } from "./configuration-error.ts";

/** One look at what a node is started with. */
export interface Judgement {
  /** The settings that it goes by: where one of them is wrong nothing is looked at, for what came of it would follow from that. */
  readonly needs: readonly string[];
  /** @throws ConfigurationError */
  readonly judge: () => unknown;
}

/**
 * What is wrong by all of these judgements together, in their order.
 * @param wrong the settings that are wrong already
 * @throws Error the first fault that no setting is to blame for
 */
export async function problemsOf(
  judgements: readonly Judgement[],
  wrong: ReadonlySet<string> = new Set(),
): Promise<readonly ConfigurationProblem[]> {
  const possible = judgements.filter(({ needs }) => !needs.some((name) => wrong.has(name)));
  const found = await Promise.all(possible.map(({ judge }) => problemsOfOne(judge)));
  return found.flat();
}

async function problemsOfOne(judge: () => unknown): Promise<readonly ConfigurationProblem[]> {
  try {
    await judge();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
