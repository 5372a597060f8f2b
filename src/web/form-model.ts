import type { Problem } from "../foundation/index.ts";

/** A form as its page shows it: where it is sent, what was typed, and what was wrong with that. */
export interface FormModel {
  readonly action: string;
  /** What was typed, by field; pages never show a password from it. */
  readonly values: Readonly<Record<string, string>>;
  /** Empty when the form is fresh; each reason has its sentence, `refusal.<reason>` in the words. */
  readonly problems: readonly Problem[];
}
