import type { AccountPageModels } from "./account-page-models.ts";
import type { FactorPageModels } from "./factor-page-models.ts";
import type { FormModel, KeptFormState, RequestState } from "./form-model.ts";
import type { LegalPageModels } from "./legal-page-models.ts";
import type { OrganisationPageModels } from "./organisation-page-models.ts";
import type { PageState } from "./page-state.ts";
import type { StaffPageModels } from "./staff-page-models.ts";

/** An establishment a person may choose; `formatted` is its SIRET grouped 3-3-3-5. */
export interface EstablishmentChoice {
  readonly siret: string;
  readonly formatted: string;
  readonly name?: string | undefined;
  /** Where it is, when its name does not tell it apart. */
  readonly address?: string | undefined;
  readonly isCurrent: boolean;
}

/** A request for access as the person who made it sees it; dates as they are shown. */
export interface ShownAccessRequest {
  /** Each grouped 3-3-3-5, with what became of it. */
  readonly establishments: readonly { readonly formatted: string; readonly state: RequestState }[];
  readonly message: string | undefined;
  /** Its one state; absent when its establishments differ. */
  readonly state: RequestState | undefined;
  /** The form that takes it back while it waits. */
  readonly withdraw: { readonly action: string; readonly id: string } | undefined;
  readonly asked: string;
  readonly decided: string | undefined;
  /** Why it, or a part of it, was refused. */
  readonly reason: string | undefined;
}

/** What was just done to one's requests, said once by the page that follows. */
export interface RequestNotice {
  readonly done: "asked" | "withdrawn";
  /** Asked for beside it, and waiting already or open already; grouped 3-3-3-5. */
  readonly alreadyWaiting: readonly string[];
  readonly alreadyOpen: readonly string[];
}

/** What a browser asks a device's passkey for. */
export interface PasskeyModel {
  /** For `navigator.credentials`, JSON. */
  readonly options: string;
  /** What the form brings back. */
  readonly challenge: string;
}

/** What an integrator is shown of a refused protocol request: text only, bounded, without secrets. */
export interface OAuthErrorModel {
  readonly error: string;
  readonly description?: string | undefined;
  /** Where the error is explained. */
  readonly helpUrl: string;
  /** What was asked, by parameter. */
  readonly parameters: Readonly<Record<string, string>>;
  /** An address that is none of the registered ones, the nearest of them first. */
  readonly mismatch?:
    | {
        readonly parameter: string;
        readonly received: string;
        readonly differences: readonly {
          readonly registered: string;
          readonly position: number;
          readonly receivedCharacter: string | undefined;
          readonly registeredCharacter: string | undefined;
        }[];
      }
    | undefined;
}

/**
 * What each template of `views/` receives as `page.model`, by its name. Every URL is given by the
 * caller: pages build none.
 */
export interface PageModels
  extends
    AccountPageModels,
    FactorPageModels,
    LegalPageModels,
    OrganisationPageModels,
    StaffPageModels {
  readonly "establishments/access-requests": {
    readonly form: FormModel;
    readonly requests: readonly ShownAccessRequest[];
    readonly notice: RequestNotice | undefined;
    readonly email: string;
    readonly accountUrl: string;
  };
  readonly "second-factors/check": {
    readonly form: FormModel;
    readonly email: string;
    /** Whether « Retour au service » leads somewhere. */
    readonly mayReturn?: boolean;
    /** Whether an application is turned on: else a code is a recovery code. */
    readonly hasApplication: boolean;
    /** Of the staff: a colleague helps them, and not l'Opcommerce's contact. */
    readonly isStaff: boolean;
    readonly passkey?: PasskeyModel | undefined;
  };
  readonly "second-factors/enrolment-code": {
    readonly form: FormModel;
    readonly email: string;
    /** Whether « Retour au service » leads somewhere. */
    readonly mayReturn?: boolean;
  };
  readonly "second-factors/enrolment": {
    readonly form: FormModel;
    /** What the form brings back. */
    readonly enrolment: string;
    /** What admitted staff to this page; the form brings it back, too. */
    readonly admission?: string | undefined;
    /** The shared secret in base32, to be typed where no camera is. */
    readonly secret: string;
    /** What the QR code says: on a telephone a link opens the application. */
    readonly address: string;
    /** Its size in modules, and the `d` of the path that draws it. */
    readonly qrCode: { readonly size: number; readonly path: string };
    readonly passkey?: PasskeyModel | undefined;
  };
  readonly "accounts/kept-form": {
    readonly reason: KeptFormState;
    /** Which form waits: the key of its words. */
    readonly formName?: string | undefined;
    /** Carries it out while it waits. */
    readonly action: string;
    readonly backUrl: string;
  };
  readonly "second-factors/new-passkey": {
    readonly form: FormModel;
    readonly passkey: PasskeyModel;
    readonly backUrl: string;
  };
  readonly "provider/choose-establishment": {
    readonly form: FormModel;
    /** The first of those found; `values.q` is what was looked for. */
    readonly establishments: readonly EstablishmentChoice[];
    /** How many there are, and how many of them were found. */
    readonly total: number;
    readonly found: number;
    readonly hasSearch: boolean;
    /** The one that the person had until now. */
    readonly current?: EstablishmentChoice | undefined;
    readonly serviceName: string;
    readonly accountUrl: string;
    readonly email: string;
  };
  readonly "provider/no-access": {
    readonly form: FormModel;
    readonly serviceName: string;
    readonly spaceName: string;
    readonly contactUrl: string;
    readonly accountUrl: string;
    readonly email: string;
    /** What the person asked, the newest first. */
    readonly requests: readonly ShownAccessRequest[];
    /** Whether one of them waits: then there is nothing to be asked for. */
    readonly isWaiting: boolean;
    readonly notice: RequestNotice | undefined;
  };
  readonly "provider/consent": {
    readonly form: FormModel;
    readonly clientName: string;
    readonly clientUri?: string | undefined;
    readonly policyUri?: string | undefined;
    readonly termsUri?: string | undefined;
    /** Of ours: nothing is loaded from the client. */
    readonly logoUrl?: string | undefined;
    /** Only scopes that `consent.scope.<scope>` words. */
    readonly scopes: readonly string[];
    readonly email: string;
  };
  readonly "provider/sign-out": {
    readonly action: string;
    readonly xsrf: string;
    /** Where the relying party wants the person back, and what it wants to hear there. */
    readonly back: { readonly uri?: string | undefined; readonly state?: string | undefined };
    readonly serviceName?: string | undefined;
  };
  readonly "provider/signed-out": {
    readonly continueUrl: string;
    readonly serviceName?: string | undefined;
  };
  readonly "provider/leaving": {
    /** Where the browser goes by itself, at once. */
    readonly onwardUrl: string;
    readonly serviceName?: string | undefined;
  };
  readonly "provider/form-post": {
    readonly action: string;
    /** What the form sends, by field. */
    readonly fields: Readonly<Record<string, string>>;
    readonly serviceName?: string | undefined;
  };
  readonly "provider/interrupted": {
    readonly continueUrl: string;
    readonly serviceName?: string | undefined;
    readonly reason: "expired" | "foreign";
  };
  /** A question that answered itself while its page was open. */
  readonly "provider/settled": {
    readonly action: string;
    readonly serviceName: string;
    readonly reason: "none-open" | "access-open" | "second-factor" | "consent";
  };
  /** Each is worded by `errors.<error>.cause` and `.correction`. */
  readonly "provider/errors": { readonly errors: readonly string[] };
  readonly "web/error": {
    readonly status: number;
    /** The identifier that the log line of this fault carries too. */
    readonly reference: string;
    readonly code: string;
    readonly continueUrl: string;
    readonly retryAfterSeconds?: number | undefined;
    /** Until when nothing is written, in Paris. */
    readonly until?: string | undefined;
    /** What may be sent again then. */
    readonly again?: PageState["again"] | undefined;
    /** Shown for integrators (OpenID conformance asks for it), from the provider, never raw input. */
    readonly oauthError?: OAuthErrorModel;
  };
}

/** The name of a page: its template's path under `views/`, without `.ejs`. */
export type PageName = keyof PageModels;
