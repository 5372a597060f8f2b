import type { FormModel } from "./page-models.ts";
import type { StaffFrame } from "./staff-page-models.ts";

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

/** What the templates of `views/backoffice/` about clients and staff receive. */
export interface StaffAdminPageModels {
  readonly "backoffice/staff-clients": {
    readonly staff: StaffFrame;
    readonly newUrl: string;
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
      readonly problems: readonly ListedProblem[];
    };
    /** Shown this once. */
    readonly secret?: string | undefined;
    readonly done?: string | undefined;
    readonly acts: {
      readonly rotate?: string | undefined;
      readonly disable?: string | undefined;
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
  readonly "backoffice/staff-client-removal": {
    readonly staff: StaffFrame;
    readonly action: string;
    readonly client: string;
    readonly backUrl: string;
  };
  readonly "backoffice/staff-members": {
    readonly staff: StaffFrame;
    readonly form: FormModel;
    readonly roles: readonly StaffFrame["role"][];
    readonly members: readonly {
      readonly url: string;
      readonly name: string;
      readonly email: string;
      readonly state: "active" | "disabled";
      readonly role: StaffFrame["role"];
      readonly removeAction?: string | undefined;
    }[];
    readonly done?: string | undefined;
  };
}
