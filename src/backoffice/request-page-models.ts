import type { RequestState } from "../establishments/index.ts";
import type { FormModel, PageOfOneLanguage } from "../web/index.ts";
import type { StaffEffect } from "./confirmation-page-models.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** An establishment as a page names it; `formatted` is its SIRET grouped 3-3-3-5. */
interface ShownEstablishment {
  readonly formatted: string;
  readonly name?: string | undefined;
}

/** An establishment with its box. */
interface EstablishmentBox extends ShownEstablishment {
  /** What became of it; absent where that goes without saying. */
  readonly state?: RequestState | undefined;
  readonly field: string;
  readonly checked: boolean;
}

/** The same with what whoever decides must know. */
interface AskedEstablishmentBox extends EstablishmentBox {
  readonly address?: string | undefined;
  /** The directory says that it has closed. */
  readonly isClosed: boolean;
  /** Who else has it open: the first of them. */
  readonly holders: readonly {
    readonly name: string;
    readonly email: string;
    readonly url: string;
  }[];
  /** Where the others are found. */
  readonly moreUrl?: string | undefined;
}

/** What a pasted text holds beside SIRETs: shown with its line, so that nothing is lost without a word. */
export interface UnreadText {
  /** How many numbers are refused; `wrong` has the first of them. */
  readonly wrongCount: number;
  readonly wrong: readonly {
    readonly line: string;
    readonly typed: string;
    readonly problem: "siret-format" | "siret-checksum" | "siret-rounded" | "siret-short";
    /** The number that may have been meant; it counts once its box is ticked. */
    readonly proposed?: { readonly field: string; readonly formatted: string } | undefined;
  }[];
  readonly others: readonly { readonly line: string; readonly text: string }[];
}

/** A request in the queue. Dates as they are shown. */
export interface ListedRequest {
  readonly url: string;
  /** The name of its box. */
  readonly box: string;
  /** Who asks; absent once the account is deleted, as the address. */
  readonly person?: string | undefined;
  readonly email?: string | undefined;
  /** The first establishment it asks for. */
  readonly first: readonly ShownEstablishment[];
  readonly count: number;
  readonly asked: string;
  /** Who has it in charge. */
  readonly takenBy?: string | undefined;
  /** Whether its person took it back: it is listed among the refused ones. */
  readonly isWithdrawn?: boolean | undefined;
}

/** An invitation that waits. Dates as they are shown. */
export interface ListedInvitation extends ShownEstablishment {
  readonly email: string;
  readonly invitedAt: string;
  readonly invitedBy: string;
  readonly why?: string | undefined;
  readonly until?: string | undefined;
  /** Where it is taken back, by who may. */
  readonly withdrawUrl?: string | undefined;
  /** The form that has its letter made anew. */
  readonly resendAction?: string | undefined;
}

/** What the templates of `views/backoffice/` about requests and invitations receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-requests": {
      readonly staff: StaffFrame;
      /** Which requests are shown, and where the others are. */
      readonly state: "waiting" | "accepted" | "refused";
      readonly views: readonly {
        readonly name: "waiting" | "accepted" | "refused";
        readonly url: string;
      }[];
      /** Shown are only those older than so many days. */
      readonly older?: { readonly days: number; readonly allUrl: string } | undefined;
      readonly requests: readonly ListedRequest[];
      readonly nextUrl?: string | undefined;
      readonly invitationsUrl: string;
      /** Where whoever looks chooses whether a letter tells them of requests. */
      readonly noticesUrl: string;
      /** What administrators of organisations ask waits in a list of its own. */
      readonly colleagues?: { readonly count: number; readonly url: string } | undefined;
      readonly done?: "accepted" | "open" | "refused" | "several" | undefined;
      /** How many accesses were opened; of several requests, how many were decided, and how many not. */
      readonly changed?: number | undefined;
      readonly unchanged?: number | undefined;
      /** Where several are decided at once, by who may. */
      /** The requests of this page, apart by spaces: what "all" means. */
      readonly shown?: string | undefined;
      readonly decideAction?: string | undefined;
    };
    /** Whether, and when, a letter tells whoever looks that requests wait. */
    readonly "backoffice/staff-notices": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly choices: readonly ("none" | "daily" | "at-once")[];
      /** Where the letter goes. */
      readonly email: string;
      /** When the last one was sent. */
      readonly lastSent?: string | undefined;
      readonly isDone: boolean;
      readonly backUrl: string;
    };
    /** What several requests at once would be decided as, before they are. */
    readonly "backoffice/staff-requests-decision": PageOfOneLanguage & {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      /** The decision: the page is worded by it. */
      readonly reason: "accept" | "refuse";
      readonly effects: readonly StaffEffect[];
      readonly requests: readonly {
        readonly person: string;
        readonly email: string;
        readonly count: number;
      }[];
      /** What is sent again: the decision, and which requests are meant. */
      readonly sent: Readonly<Record<string, string>>;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-request": {
      readonly staff: StaffFrame;
      /** Accepts; shown when this person may decide. */
      readonly form: FormModel;
      readonly request: {
        readonly person?: string | undefined;
        readonly email?: string | undefined;
        /** Absent once the account is deleted. */
        readonly accountUrl?: string | undefined;
        readonly state: RequestState;
        readonly asked: string;
        readonly message?: string | undefined;
        readonly clientId?: string | undefined;
        readonly decided?: string | undefined;
        readonly decidedBy?: string | undefined;
        /** Why it was refused, or the note of who accepted it. */
        readonly why?: string | undefined;
        /** Why a part of it was refused. */
        readonly refusalReason?: string | undefined;
      };
      /** What was just done, worded by `staff-request.done.<what>`. */
      readonly done?: "taken" | "handed-on" | "let-go" | undefined;
      readonly establishments: readonly AskedEstablishmentBox[];
      /** What the person has open: how many, and the first of them. */
      readonly held: { readonly count: number; readonly first: readonly ShownEstablishment[] };
      /** What they asked before, the newest first. */
      readonly earlier: readonly {
        readonly url: string;
        readonly asked: string;
        readonly state: RequestState;
        readonly count: number;
      }[];
      /** Who has it in charge, while it waits. */
      readonly charge?:
        | {
            readonly by?: string | undefined;
            readonly since?: string | undefined;
            readonly isOwn: boolean;
            /** What the form sends: who had it when this page was made, and who looks at it. */
            readonly seen: string;
            readonly own: string;
            /** Absent when they may not change it. */
            readonly action?: string | undefined;
            readonly colleagues: readonly { readonly value: string; readonly label: string }[];
          }
        | undefined;
      readonly mayDecide: boolean;
      /** Why nothing may be decided: it is one's own request, or a colleague's. */
      readonly untouchable?: "own" | "colleague" | undefined;
      readonly refuseUrl: string;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-request-refusal": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly establishments: readonly ShownEstablishment[];
      readonly backUrl: string;
    };
    readonly "backoffice/staff-invite": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-invite-preview": {
      readonly staff: StaffFrame;
      /** `values.sirets` is what was previewed; the other values are what was typed. */
      readonly form: FormModel;
      /** Where the text is corrected. */
      readonly correctAction: string;
      readonly email: string;
      readonly until?: string | undefined;
      readonly toInvite: readonly ShownEstablishment[];
      readonly alreadyInvited: readonly ShownEstablishment[];
      readonly unread: UnreadText;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-invitations": {
      readonly staff: StaffFrame;
      readonly invitations: readonly ListedInvitation[];
      /** Where an address is invited, by who may. */
      readonly inviteUrl?: string | undefined;
      /** The administrators of organisations; undefined while there are none. */
      readonly organisationsUrl?: string | undefined;
      readonly nextUrl?: string | undefined;
      readonly done?:
        | (
            | "invited"
            | "invited-unmailed"
            | "unchanged"
            | "withdrawn"
            | "sent-again"
            | "letter-limit"
          )
        | undefined;
      /** How many began to wait, and how many waited before. */
      readonly changed?: number | undefined;
      readonly unchanged?: number | undefined;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-withdrawal": {
      readonly staff: StaffFrame;
      readonly form: FormModel;
      readonly email: string;
      readonly formatted: string;
      readonly name?: string | undefined;
      readonly backUrl: string;
    };
  }
}
