import type { KeptFormState } from "../accounts/index.ts";
import type { FormModel } from "../web/index.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** A client in a list. */
export interface ListedClient {
  readonly url: string;
  readonly name: string;
  readonly clientId: string;
  readonly source: "declared" | "registered";
  readonly state: "enabled" | "disabled" | "invalid";
}

/** What is wrong with a client's metadata: for those who write it, in the words of the command line. */
export interface ListedProblem {
  readonly field: string;
  readonly rule: string;
  readonly found: string;
}

/** What waits to be sent, or was given up: neither to whom nor what. */
export interface ListedMessage {
  readonly channel: string;
  /** The subject of a letter, by its word; else what it is called. */
  readonly subjectKey: string;
  readonly name: string;
  readonly state: "waiting" | "failed" | "sent";
  readonly added: string;
  readonly next?: string | undefined;
  readonly ended?: string | undefined;
  readonly attempts: string;
  readonly error?: string | undefined;
  readonly person?: string | undefined;
  readonly personUrl?: string | undefined;
  readonly retryAction?: string | undefined;
  /** Where it is given up, after a question. */
  readonly dropUrl?: string | undefined;
}

/** A stream of Shared Signals, for the list of them. */
export interface ListedStream {
  readonly url: string;
  readonly id: string;
  /** What its client is called. */
  readonly client: string;
  readonly clientId: string;
  readonly delivery: "push" | "poll";
  readonly status: "enabled" | "paused" | "disabled";
  /** How many events wait. */
  readonly waiting: number;
}

/** What the templates of `views/backoffice/` about clients and staff receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-clients": {
      readonly staff: StaffFrame;
      readonly newUrl: string;
      /** Undefined while signals are off. */
      readonly signalsUrl?: string | undefined;
      readonly clients: readonly ListedClient[];
      readonly done?: "removed" | undefined;
    };
    readonly "backoffice/staff-client": {
      readonly staff: StaffFrame;
      readonly client: ListedClient & {
        /** JSON, without secret. */
        readonly metadata: string;
        /** How many are valid now. */
        readonly secrets: number;
        readonly registeredAt?: string | undefined;
        readonly registeredBy?: string | undefined;
        /** The file, and its place in it from 1. */
        readonly declaredAt?: { readonly file: string; readonly place: number } | undefined;
        readonly problems: readonly ListedProblem[];
      };
      /** Shown this once. */
      readonly secret?: string | undefined;
      readonly done?: string | undefined;
      readonly acts: {
        readonly editUrl?: string | undefined;
        readonly rotateUrl?: string | undefined;
        readonly disableUrl?: string | undefined;
        readonly enable?: string | undefined;
        readonly removeUrl?: string | undefined;
      };
      readonly backUrl: string;
    };
    readonly "backoffice/staff-client-new": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly found: readonly ListedProblem[];
      readonly backUrl: string;
    };
    readonly "backoffice/staff-signals": {
      readonly staff: StaffFrame;
      /** What the transmitter says of itself, as JSON; undefined while signals are off. */
      readonly transmitter: { readonly url: string; readonly metadata: string } | undefined;
      readonly streams: readonly ListedStream[];
      readonly backUrl: string;
    };
    readonly "backoffice/staff-signal-stream": {
      readonly staff: StaffFrame;
      readonly stream: ListedStream & {
        readonly created: string;
        readonly statusBy: "receiver" | "staff";
        readonly reason?: string | undefined;
        readonly description?: string | undefined;
        /** Short names. */
        readonly events: readonly string[];
      };
      readonly waiting: readonly {
        readonly name: string;
        readonly count: number;
        readonly since: string;
      }[];
      readonly done?: "paused" | "resumed" | "unchanged" | undefined;
      readonly acts: { readonly pause?: string | undefined; readonly resume?: string | undefined };
      readonly backUrl: string;
    };
    readonly "backoffice/staff-outbox": {
      readonly staff: StaffFrame;
      /** The search, sent by GET. */
      readonly form: FormModel;
      readonly kinds: readonly string[];
      readonly states: readonly ListedMessage["state"][];
      readonly entries: readonly ListedMessage[];
      readonly nextUrl?: string | undefined;
      /** Tries at once all that the search finds and that waits. */
      readonly retryAction: string | undefined;
      readonly done?: "retried" | "dropped" | undefined;
      readonly count?: number | undefined;
    };
    readonly "backoffice/staff-kept-form": {
      readonly staff: StaffFrame;
      readonly reason: KeptFormState;
      /** Which form waits: the key of its words. */
      readonly formName?: string | undefined;
      /** The address of the account that it is about. */
      readonly about?: string | undefined;
      /** Carries the form out while it waits. */
      readonly action: string;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-members": {
      readonly everybodyOutUrl: string;
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly roles: readonly StaffFrame["role"][];
      readonly members: readonly {
        readonly url: string;
        readonly name: string;
        readonly email: string;
        readonly state: "active" | "disabled";
        readonly role: StaffFrame["role"];
        /** Whether they hold a second factor that opens the back office. */
        readonly isEnrolled: boolean;
        /** Where the role is taken away, after a question. */
        readonly removeUrl?: string | undefined;
        /** Where an enrolment code is made, after a question. */
        readonly codeUrl?: string | undefined;
      }[];
      /** A code that was just made, shown once. */
      readonly code?: { readonly value: string; readonly email: string } | undefined;
      readonly done?: string | undefined;
    };
    readonly "backoffice/staff-import": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly done: boolean;
      readonly changed?: number | undefined;
      readonly unchanged?: number | undefined;
      readonly invited?: number | undefined;
      /** How many lines were left out. */
      readonly left?: number | undefined;
    };
    readonly "backoffice/staff-import-preview": {
      readonly staff: StaffFrame;
      /** Sends what was shown: `accesses` is the list as text; `invite`, `only_right` and `skip_columns` its boxes. */
      readonly form: FormModel;
      readonly correctAction: string;
      /** Gives the lines to correct as a file. */
      readonly rejectedAction: string;
      /** Whether the list is short enough to be corrected on the page. */
      readonly isShort: boolean;
      /** How many accesses would be opened, to how many people, and how many are open already. */
      readonly count: number;
      readonly people: number;
      readonly alreadyOpen: number;
      /** How many lines are wrong, those without account not counted. */
      readonly problemCount: number;
      /** How many lines, and addresses, have no account. */
      readonly withoutAccount: number;
      readonly addresses: number;
      /** How many rows are not right as the boxes are: those without account, too, unless they are invited. */
      readonly leftCount: number;
      /** How many lines would be carried out as the boxes are. */
      readonly rightCount: number;
      /** The lines of each verdict, by `import.verdict.<verdict>`; the first of them, all counted. */
      readonly verdicts: readonly {
        readonly verdict: string;
        readonly count: number;
        readonly lines: readonly ImportedLine[];
      }[];
      /** Who gets a mail, and about how many establishments; the first of them. */
      readonly mailed: readonly { readonly email: string; readonly count: number }[];
      /** The first of them; each worded by `import.problem.<problem>` with its details. */
      readonly problems: readonly {
        readonly line: string;
        readonly column: string;
        readonly found: string;
        readonly problem: string;
        readonly details: Readonly<Record<string, string | number>>;
        readonly proposed?: { readonly field: string; readonly formatted: string } | undefined;
      }[];
      /** Columns that nobody knows; a box leaves them unread. */
      readonly unknownColumns: readonly string[];
      /** The boxes of proposed numbers that are ticked. */
      readonly taken: readonly string[];
      /** By their title, or their letter where they have none. */
      readonly unreadColumns: readonly { readonly title: string; readonly letter: string }[];
      readonly unreadSheets: readonly string[];
    };
  }
}

/** A line of a list, as its preview shows it. */
export interface ImportedLine {
  readonly line: string;
  readonly email: string;
  readonly formatted: string;
  readonly name?: string | undefined;
  readonly until?: string | undefined;
}
