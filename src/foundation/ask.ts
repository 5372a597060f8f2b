/**
 * What a room asks of one that stands above it, and that it therefore cannot import: the room above answers when it is
 * opened. One room asks, one answers; what many may hear is an announcement.
 */
export class Ask<Answer extends (...given: never[]) => unknown> {
  readonly #about: string;
  #answer: Answer | undefined;

  /** @param about what is asked, for the fault of a house that was put together wrongly */
  constructor(about: string) {
    this.#about = about;
  }

  /** Asks. @throws Error while nobody has said how to answer */
  readonly ask = ((...given: never[]) => {
    if (!this.#answer) throw new Error(`nobody answers yet: ${this.#about}`);
    return this.#answer(...given);
  }) as Answer;

  /** Says how to answer. @throws Error when somebody did before */
  answerBy(answer: Answer): void {
    if (this.#answer) throw new Error(`two rooms answer: ${this.#about}`);
    this.#answer = answer;
  }
}
