import type { FormModel, ListModel, PageOfOneLanguage } from "../web/index.ts";
import type { ShownMail } from "./help-page-models.ts";
import type { RefusedMail } from "./refused-mail.ts";
import type { UnreadText } from "./request-page-models.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** An access past or present, as staff see it. Dates as they are shown. */
export interface ListedAccess {
  readonly formatted: string;
  readonly name?: string | undefined;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly openedFor?: string | undefined;
  readonly until?: string | undefined;
  readonly closedAt?: string | undefined;
  readonly closedBy?: string | undefined;
  readonly closedFor?: string | undefined;
  /** Where it is closed, when it is open and may be. */
  readonly closeUrl?: string | undefined;
}

/** An event of the audit, as staff see it. */
export interface ListedEvent {
  readonly at: string;
  /** Its name, worded by `event.<name>`. */
  readonly event: string;
  readonly outcome: string;
  readonly why?: string | undefined;
  readonly person?: string | undefined;
  readonly personUrl?: string | undefined;
  readonly actor?: string | undefined;
  readonly clientId?: string | undefined;
  readonly network?: string | undefined;
  readonly details?: string | undefined;
  readonly seq: number;
}

/** What each template of `views/backoffice/` receives, as {@link PageModels} says. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-account": {
      readonly staff: StaffFrame;
      readonly account: {
        readonly sub: string;
        readonly email: string;
        readonly name: string;
        readonly state: "active" | "disabled";
        readonly role?: string | undefined;
        readonly language: string;
        readonly created: string;
        readonly validated: string;
        readonly service?: string | undefined;
        /** An address that waits to be validated, and whether staff asked for it. */
        readonly newEmail?: { readonly email: string; readonly byStaff: boolean } | undefined;
      };
      /** Requests that wait for a decision. */
      readonly requests: readonly {
        readonly url: string;
        readonly asked: string;
        readonly establishments: string;
        /** So many establishments are not named. */
        readonly more: number;
      }[];
      readonly done?: string | undefined;
      /** How many accesses were opened or closed, and how many a colleague had changed before. */
      readonly changed?: number | undefined;
      readonly unchanged?: number | undefined;
      /** Where each act that this person may do is sent; absent when they may not. */
      readonly acts: {
        readonly openUrl?: string | undefined;
        readonly closeUrl?: string | undefined;
        readonly disableUrl?: string | undefined;
        readonly enable?: string | undefined;
        readonly recovery?: string | undefined;
        readonly endSessionsUrl?: string | undefined;
        readonly resumeMail?: string | undefined;
        readonly deleteUrl?: string | undefined;
        readonly emailUrl?: string | undefined;
        readonly resetUrl?: string | undefined;
      };
      /** How the address refuses our mail; dates as they are shown. */
      readonly refusedMail?: RefusedMail | undefined;
      /** Why nothing may be done: it is one's own account, or a colleague's. */
      readonly untouchable?: "own" | "colleague" | undefined;
      readonly claimsUrl: string;
      readonly seenUrl: string;
      /** Days as they are shown. */
      readonly factors: {
        readonly application?: string | undefined;
        readonly passkeys: readonly {
          readonly name: string | undefined;
          readonly since: string;
          readonly lastUsed?: string | undefined;
        }[];
        readonly codesLeft: number;
      };
      readonly auditUrl: string;
      /** A page of each list; one search narrows both. */
      readonly open: readonly ListedAccess[];
      readonly openList: ListModel;
      readonly past: readonly ListedAccess[];
      readonly pastList: ListModel;
      readonly signIns: readonly ListedEvent[];
      readonly sessions: readonly {
        readonly since: string;
        readonly services: string;
        /** From where it began: worded by `browser.<name>`, `system.<name>`. */
        readonly browser?: string | undefined;
        readonly system?: string | undefined;
        readonly network?: string | undefined;
        readonly endAction?: string | undefined;
      }[];
      readonly mails: readonly ShownMail[];
    };
    readonly "backoffice/staff-opening": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-opening-preview": {
      readonly staff: StaffFrame;
      /** `values.sirets` is what was previewed; `siret_list`, `until` and `grounds` what was typed. */
      readonly form: FormModel;
      /** Where the text is corrected. */
      readonly correctAction: string;
      readonly email: string;
      readonly until?: string | undefined;
      readonly toOpen: readonly {
        readonly formatted: string;
        readonly name?: string | undefined;
      }[];
      readonly alreadyOpen: readonly {
        readonly formatted: string;
        readonly name?: string | undefined;
      }[];
      readonly unread: UnreadText;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-closing": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly list: ListModel;
      /** The box that ticks all that was found, on this page or another; absent when there is one alone. */
      readonly all?: { readonly checked: boolean } | undefined;
      /** The page of it. */
      readonly accesses: readonly {
        readonly field: string;
        readonly formatted: string;
        readonly name?: string | undefined;
        readonly checked: boolean;
      }[];
      readonly backUrl: string;
    };
    /** What « tout cocher », or several ticks, would close, before it does. */
    readonly "backoffice/staff-closing-preview": PageOfOneLanguage & {
      readonly staff: StaffFrame;
      readonly action: string;
      readonly email: string;
      /** What is sent again: what was looked for, the reason, and which ones are meant. */
      readonly sent: Readonly<Record<string, string>>;
      readonly count: number;
      /** The first of them. */
      readonly accesses: readonly {
        readonly formatted: string;
        readonly name?: string | undefined;
      }[];
    };
    readonly "backoffice/staff-export": {
      readonly staff: StaffFrame;
      /** Each is worded by `staff-export.table.<name>`. */
      readonly tables: readonly {
        readonly name: string;
        readonly csvAction: string;
        readonly jsonAction: string;
      }[];
    };
  }
}
