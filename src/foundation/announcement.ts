/** Told of things that changed, never of none, once the change is written. */
export type Listener<Changed> = (all: readonly Changed[]) => Promise<void> | void;

/**
 * How this room speaks to rooms above it without knowing them. Listeners are told after the commit,
 * and the act waits for them; one that fails neither undoes what is written nor keeps the others
 * from hearing of it: its fault is reported.
 */
export class Announcement<Changed> {
  readonly #listeners: Listener<Changed>[] = [];
  readonly #reportFault: (fault: unknown) => void;

  constructor(reportFault: (fault: unknown) => void) {
    this.#reportFault = reportFault;
  }

  /** Adds a listener. Application does so once, when it wires the rooms. */
  subscribe(listener: Listener<Changed>): void {
    this.#listeners.push(listener);
  }

  /** Tells every listener, one after the other. Never throws. */
  async tell(changed: readonly Changed[]): Promise<void> {
    if (changed.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        await listener(changed);
      } catch (fault) {
        this.#reportFault(fault);
      }
    }
  }
}
