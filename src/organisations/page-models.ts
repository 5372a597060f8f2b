import type { RequestState } from "../establishments/index.ts";
import type { FormModel } from "../web/index.ts";

/** What an administrator of an organisation asked for a colleague; its day as it is shown. */
export interface ShownColleagueRequest {
  readonly kind: "open" | "close";
  readonly email: string;
  readonly formatted: string;
  readonly state: RequestState;
  readonly asked: string;
  /** Why it was refused. */
  readonly reason?: string | undefined;
}

/** What the pages of a partner's own administrator receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "organisations/organisations": {
      /** Each written 3-3-3. */
      readonly organisations: readonly { readonly formatted: string; readonly url: string }[];
      readonly accountUrl: string;
    };
    readonly "organisations/organisation": {
      readonly formatted: string;
      /** Asks for an access. */
      readonly form: FormModel;
      /** Asks for the end of one. */
      readonly closeAction: string;
      readonly done?: "open" | "close" | "waiting" | undefined;
      readonly colleagues: readonly {
        readonly name: string;
        readonly email: string;
        readonly siret: string;
        readonly formatted: string;
        readonly establishment?: string | undefined;
      }[];
      readonly previousUrl?: string | undefined;
      readonly nextUrl?: string | undefined;
      readonly requests: readonly ShownColleagueRequest[];
      readonly backUrl: string;
    };
  }
}
