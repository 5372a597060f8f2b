import type { Problem } from "../foundation/index.ts";

/** A form as its page shows it: where it is sent, what was typed, and what was wrong with that. */
export interface FormModel {
  readonly action: string;
  /** What was typed, by field; pages never show a password from it. */
  readonly values: Readonly<Record<string, string>>;
  /** Empty when the form is fresh; each reason has its sentence, `refusal.<reason>` in the words. */
  readonly problems: readonly Problem[];
}

/** What became of a form that waited for its person: it still waits, was taken up or voided, or was never kept. */
export type KeptFormState = "waiting" | "gone" | "not-kept";

/** What became of a request, or of one establishment of it. */
export type RequestState = "waiting" | "accepted" | "refused" | "withdrawn";

/** What stands around every page of the back office. */
export interface StaffFrame {
  /** Who is signed in. */
  readonly name: string;
  readonly role: "reader" | "agent" | "admin";
  readonly section: "accounts" | "requests" | "import" | "audit" | "clients" | "outbox" | "members";
  /** How many requests wait, as it is shown: `12`, `99+`; absent when none does. */
  readonly waiting?: string | undefined;
  /** Where this role may go. */
  readonly links: readonly { readonly name: StaffFrame["section"]; readonly url: string }[];
  readonly signOutUrl: string;
}
