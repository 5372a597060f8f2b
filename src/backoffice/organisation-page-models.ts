import type { ShownColleagueRequest } from "../organisations/index.ts";
import type { FormModel } from "../web/index.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** What the pages of staff about administrators of organisations receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
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
      readonly nextUrl?: string | undefined;
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
}
