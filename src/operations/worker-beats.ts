import type { Worker } from "node:cluster";

/** How often a worker says that it does not hang. */
export const beatMilliseconds = 5000;

/** One that says nothing for so many beats hangs. */
const beatsOfSilence = 4;

const aliveWord = "alive";

/** Tells the leader of this worker, at each beat, that its event loop turns. */
export function tellAlive(everyMilliseconds: number): void {
  const told = () => undefined;
  setInterval(() => {
    // A leader that is gone at this moment is told of by "disconnect".
    if (process.connected) process.send?.(aliveWord, undefined, undefined, told);
  }, everyMilliseconds).unref();
}

/**
 * Calls `hangs` once where a worker that listens says nothing for four beats. Beats of the leader are counted, and not time:
 * a machine that slept, or a leader that was stopped, has missed one, whatever the clock says.
 */
export function onSilence(worker: Worker, everyMilliseconds: number, hangs: () => void): void {
  let missed = 0;
  const beat = setInterval(() => {
    missed += 1;
    if (missed <= beatsOfSilence) return;
    clearInterval(beat);
    hangs();
  }, everyMilliseconds);
  beat.unref();
  worker.on("message", (message) => {
    if (message === aliveWord) missed = 0;
  });
  worker.once("exit", () => {
    clearInterval(beat);
  });
}
