import type { StaffFrame } from "./staff-frame.ts";

/** What of the back office cannot be undone, and so is asked before: each worded by `staff-confirmation.<question>`. */
export type StaffQuestion =
  | "account-disable"
  | "account-delete"
  | "sessions-end"
  | "client-disable"
  | "client-remove"
  | "client-rotate"
  | "care-end"
  | "member-remove"
  | "enrolment-code"
  | "outbox-drop"
  | "everybody-out";

/** One thing that will happen, by `staff-effect.<name>`, and how many there are of it. */
export interface StaffEffect {
  readonly name: string;
  readonly count: number;
}

/** What the page before an act that cannot be undone receives. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-confirmation": {
      readonly staff: StaffFrame;
      /** What is asked: the page is worded by it. */
      readonly reason: StaffQuestion;
      /** Whom or what it is about; absent where it is about everybody. */
      readonly subject?: string | undefined;
      readonly effects: readonly StaffEffect[];
      readonly action: string;
      readonly backUrl: string;
    };
  }
}
