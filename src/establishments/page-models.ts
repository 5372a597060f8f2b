import type { FormModel } from "../web/index.ts";
import type { RequestState } from "./request-state.ts";

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

/** The page of one's own requests. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "establishments/access-requests": {
      readonly form: FormModel;
      readonly requests: readonly ShownAccessRequest[];
      readonly notice: RequestNotice | undefined;
      readonly email: string;
      readonly accountUrl: string;
    };
  }
}
