/**
 * What rooms above write in the transaction of an act of a room below, without that room knowing them: whatever each
 * writes stands or falls with the act. Nobody need listen; all that do are asked, in the order of the rooms. Told after the
 * commit instead is an `Announcement`.
 */
export class Joined<Given extends readonly unknown[]> {
  readonly #listeners: ((...given: Given) => Promise<void>)[] = [];

  /** Adds a listener: a room above does so once, when it is opened. */
  join(listener: (...given: Given) => Promise<void>): void {
    this.#listeners.push(listener);
  }

  /** Whether anybody listens: what must be asked for them alone is not asked otherwise. */
  isJoined(): boolean {
    return this.#listeners.length > 0;
  }

  /** Tells every listener, one after the other. @throws what a listener throws: the act is undone with it */
  readonly tell = async (...given: Given): Promise<void> => {
    for (const listener of this.#listeners) await listener(...given);
  };
}
