/**
 * Starts one thing after the other, each giving what stops it, until Ctrl-C or SIGTERM, which stop all of it, the last
 * first: also while something is being started still, and once however often the keys are pressed.
 */
export async function runTogether(
  starts: readonly (() => Promise<() => Promise<void>>)[],
  onceAllRun: () => void,
): Promise<void> {
  const started: (() => Promise<void>)[] = [];
  const ending = new AbortController();
  const stopAll = async () => {
    for (let each = started.pop(); each; each = started.pop()) await each();
  };
  // Each is waited for before the next, whoever asks meanwhile.
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping = stopping?.then(stopAll) ?? stopAll());
  const end = () => {
    ending.abort();
    void stop();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  try {
    for (const start of starts) {
      if (!ending.signal.aborted) started.push(await start());
    }
    if (ending.signal.aborted) await stop();
    else onceAllRun();
  } catch (error) {
    await stop();
    throw error;
  }
}
