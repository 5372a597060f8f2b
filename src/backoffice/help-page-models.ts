import type { FormModel } from "../web/index.ts";
import type { StaffEffect } from "./confirmation-page-models.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** A page that a person would meet, worded by `staff-seen.step.<name>`. */
export interface SeenStep {
  readonly name: string;
  readonly service?: string;
  readonly establishment?: string;
  readonly count?: number;
}

/** A letter to a person, and its fate; instants as they are shown. */
export interface ShownMail {
  /** The key of its subject among the words. */
  readonly subjectKey: string;
  readonly state: "waiting" | "sent" | "failed";
  readonly asked: string;
  readonly ended?: string | undefined;
  readonly attempts: string;
  readonly error?: string | undefined;
  /** The form that has it made anew, where that makes sense. */
  readonly again?: { readonly action: string; readonly name: string } | undefined;
}

/** A choice of a list. */
export interface StaffOption {
  readonly value: string;
  readonly label: string;
}

/** What the pages with which staff help a person receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-factor-reset": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly subject: string;
      /** Whether an enrolment code is made, and shown, with it. */
      readonly isStaff: boolean;
      readonly effects: readonly StaffEffect[];
      readonly backUrl: string;
    };
    readonly "backoffice/staff-email": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly subject: string;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-seen": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly clients: readonly StaffOption[];
      /** What the chosen client is called. */
      readonly client?: string | undefined;
      readonly steps: readonly SeenStep[];
      /** The first of those that the person could choose. */
      readonly establishments: readonly StaffOption[];
      readonly backUrl: string;
    };
    readonly "backoffice/staff-claims": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly clients: readonly StaffOption[];
      /** Those the person could choose, when there are several; the first that were found of a great many. */
      readonly establishments: readonly StaffOption[];
      /** Of a great many: how many were found, and how many there are. */
      readonly search?: { readonly found: number; readonly total: number } | undefined;
      /** What the chosen client would receive; absent until one is chosen. */
      readonly seen?:
        | {
            readonly client: string;
            readonly refused: boolean;
            readonly inIdToken: boolean;
            readonly scopes: readonly {
              readonly scope: string;
              /** As JSON. */
              readonly claims: string;
              /** How many of its list are not shown. */
              readonly more: number;
              /** Whether no token ever has it. */
              readonly isUserinfoAlone: boolean;
            }[];
          }
        | undefined;
      readonly backUrl: string;
    };
  }
}
