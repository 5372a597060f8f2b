import type { FormModel } from "../web/index.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** An account in a list. */
export interface ListedAccount {
  readonly url: string;
  readonly name: string;
  readonly email: string;
  readonly state: "active" | "disabled";
  readonly role?: string | undefined;
  readonly since: string;
}

/** An event of the audit as a sentence. */
export interface ListedAct {
  readonly at: string;
  /** Its pieces; one that names somebody leads to their page. */
  readonly sentence: readonly { readonly text: string; readonly url?: string | undefined }[];
  readonly isRefused: boolean;
  /** Why, a machine word: worded by `sentence-reason.<word>` where there is such a sentence. */
  readonly why?: string | undefined;
  /** Why, as a member of staff typed it. */
  readonly typed?: string | undefined;
  /** The machine words behind it, each worded by `staff-audit.machine.<name>`, some with a name beside them. */
  readonly machine: readonly {
    readonly name: string;
    readonly value: string;
    readonly beside?: string | undefined;
  }[];
  readonly seq: number;
}

/** A sign-up that waits. */
export interface ListedSignUp {
  readonly name: string;
  readonly email: string;
  readonly since: string;
  readonly resendAction?: string | undefined;
}

/** An access that ends soon. Dates as they are shown. */
export interface ListedEnding {
  readonly email: string;
  /** The page of its account. */
  readonly url: string;
  readonly formatted: string;
  readonly name?: string | undefined;
  readonly why?: string | undefined;
  readonly openedAt: string;
  readonly until: string;
  /** Where it is closed, by who may. */
  readonly closeUrl?: string | undefined;
}

/** Days as charts and as a table. Numbers and days as they are shown. */
export interface DayCharts {
  /** Each is worded by `staff-days.<name>`; `path` is the `d` of a path of an SVG of this size. */
  readonly charts: readonly {
    readonly name: string;
    readonly description: string;
    readonly path: string;
    readonly width: number;
    readonly height: number;
    readonly most: string;
  }[];
  readonly first: string;
  readonly last: string;
  /** The newest first; a number that is not zero leads to its events. */
  readonly rows: readonly {
    readonly day: string;
    readonly cells: readonly {
      readonly name: string;
      readonly count: string;
      readonly url?: string | undefined;
    }[];
  }[];
}

/** What the templates of `views/backoffice/` about what waits, and about what happened, receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-search": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly accounts: readonly ListedAccount[];
      /** What waits, where nothing was looked for: each worded by `staff-work.<name>`, with the list that it counts. */
      readonly work?:
        | readonly { readonly name: string; readonly count: number; readonly url: string }[]
        | undefined;
      /** The last ninety days, there too. */
      readonly days?: DayCharts | undefined;
      /** Sign-ups that wait for their validation at the very address that was typed. */
      readonly pending: readonly ListedSignUp[];
      /** A whole address that was typed and has no account. */
      readonly unknownEmail?: string | undefined;
      /** Where that address is invited, by who may. */
      readonly inviteUrl?: string | undefined;
      readonly invitationsUrl: string;
      readonly exportUrl?: string | undefined;
      readonly nextUrl?: string | undefined;
      readonly done?: "deleted" | "resent" | undefined;
      /** A form that waits, worded by `staff-kept-form.of.<formName>`, and its page. */
      readonly waiting?: { readonly url: string; readonly formName: string } | undefined;
    };
    readonly "backoffice/staff-endings": {
      readonly staff: StaffFrame;
      readonly endings: readonly ListedEnding[];
      readonly nextUrl?: string | undefined;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-sign-ups": {
      readonly staff: StaffFrame;
      readonly pending: readonly ListedSignUp[];
      readonly nextUrl?: string | undefined;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-audit": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      /** Every name of an event; each is worded by `event.<name>`. */
      readonly events: readonly string[];
      readonly outcomes: readonly string[];
      /** For how many months an event is kept. */
      readonly keptMonths: number;
      readonly entries: readonly ListedAct[];
      readonly nextUrl?: string | undefined;
      /** The same search as a file. */
      readonly csvUrl?: string | undefined;
      readonly jsonUrl?: string | undefined;
    };
  }
}
