import type { FormModel, RequestState, StaffFrame } from "./form-model.ts";

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
export interface OrganisationPageModels {
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

/** What the pages of staff about administrators of organisations receive. */
export interface StaffOrganisationPageModels {
  readonly "backoffice/staff-organisations": {
    readonly staff: StaffFrame;
    readonly requests: readonly (Omit<ShownColleagueRequest, "state" | "reason"> & {
      readonly url: string;
      readonly organisation: string;
      readonly askedBy: string;
    })[];
    readonly cares: readonly {
      readonly name: string;
      readonly email: string;
      readonly accountUrl: string;
      readonly organisation: string;
      readonly given: string;
      readonly givenBy: string;
      /** Whether it counts: its holder is active and has an access there. */
      readonly counts: boolean;
      readonly endUrl?: string | undefined;
    }[];
    /** Gives a care; absent for who may not. */
    readonly form: FormModel;
    readonly mayGive: boolean;
    readonly done?: string | undefined;
    readonly backUrl: string;
  };
  readonly "backoffice/staff-colleague-request": {
    readonly staff: StaffFrame;
    readonly request: ShownColleagueRequest & {
      readonly organisation: string;
      readonly askedBy: string;
      readonly askerUrl: string;
      readonly establishment?: string | undefined;
      readonly message?: string | undefined;
      /** The account of the address; undefined when it has none. */
      readonly colleague?: { readonly name: string; readonly url: string } | undefined;
    };
    /** Refuses it, with a reason. */
    readonly form: FormModel;
    /** Accepts it; absent once it is decided, or for who may not. */
    readonly acceptAction?: string | undefined;
    readonly backUrl: string;
  };
}
