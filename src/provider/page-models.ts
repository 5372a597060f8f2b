import type { UsedService } from "./used-services.ts";
import type { RequestNotice, ShownAccessRequest } from "../establishments/index.ts";
import type { FormModel, PageOfOneLanguage } from "../web/index.ts";

/** An establishment a person may choose; `formatted` is its SIRET grouped 3-3-3-5. */
export interface EstablishmentChoice {
  readonly siret: string;
  readonly formatted: string;
  readonly name?: string | undefined;
  /** Where it is, when its name does not tell it apart. */
  readonly address?: string | undefined;
  readonly isCurrent: boolean;
}

/** The pages that an authorization meets. */
declare module "../web/page-models.ts" {
  interface PageModels {
    /** What applications were allowed to know; dates as they are shown. */
    readonly "provider/applications": {
      /** Whether one was just taken back. */
      readonly isDone: boolean;
      readonly withdrawAction: string;
      readonly applications: readonly {
        readonly clientId: string;
        readonly name: string;
        readonly uri?: string | undefined;
        /** One of l'Opcommerce's own: nothing was asked. */
        readonly isFirstParty: boolean;
        /** Only scopes that `consent.scope.<scope>` words. */
        readonly data: readonly string[];
        readonly services: readonly UsedService[];
        readonly since: string;
        readonly lastUsed?: string | undefined;
      }[];
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
      /** The resource servers that it wants to use in the person's name. */
      readonly services: readonly UsedService[];
      readonly email: string;
    };
    readonly "provider/sign-out": {
      readonly action: string;
      readonly xsrf: string;
      /** What the relying party asked, by field: whence, where it wants the person back, and what it wants to hear there. */
      readonly asked: Readonly<Record<string, string>>;
      readonly serviceName?: string | undefined;
    };
    readonly "provider/signed-out": {
      readonly continueUrl: string;
      readonly serviceName?: string | undefined;
    };
    readonly "provider/leaving": PageOfOneLanguage & {
      /** Where the browser goes by itself, at once. */
      readonly onwardUrl: string;
      readonly serviceName?: string | undefined;
    };
    readonly "provider/form-post": PageOfOneLanguage & {
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
  }
}
