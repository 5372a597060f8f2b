import type { LegalPageModels } from "./legal-page-models.ts";
import type { PageState } from "./page-state.ts";

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

/** A page that a browser stores nowhere, refused or not: it shows a secret, or the way to one. */
export interface SecretPage {
  readonly isSecret: true;
}

/** A page that offers no other language: nobody reads it, or what it shows was sent to it and would be gone. */
export interface PageOfOneLanguage {
  readonly isOfOneLanguage: true;
}

/** A page of one button, that offers its other language by a link: what its address says of it goes along. */
export interface PageOfLinkedLanguage extends PageOfOneLanguage {
  readonly otherLanguageUrl: string;
}

/**
 * What each template of `views/` receives as `page.model`, by its name. Every URL is given by the
 * caller: pages build none.
 */
export interface PageModels extends LegalPageModels {
  readonly "web/error": Partial<PageOfOneLanguage> & {
    readonly status: number;
    /** The identifier that the log line of this fault carries too. */
    readonly reference: string;
    readonly code: string;
    readonly continueUrl: string;
    readonly retryAfterSeconds?: number | undefined;
    /** How much may be sent. */
    readonly megabytes?: number | undefined;
    readonly kilobytes?: number | undefined;
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
