/** A database that this build cannot work on: it lacks migrations, or has some of a newer build that do not let it. */
export class SchemaError extends Error {
  /** The same as a clause, for a sentence that goes on. */
  readonly refusal: string;

  constructor(refusal: string) {
    super(`${refusal.charAt(0).toUpperCase()}${refusal.slice(1)}.`);
    this.name = "SchemaError";
    this.refusal = refusal;
  }
}
