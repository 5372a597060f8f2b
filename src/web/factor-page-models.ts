import type { FormModel } from "./form-model.ts";

/** What the pages of a person's own second factors receive; dates as they are shown. */
export interface FactorPageModels {
  readonly "second-factors/security": {
    /** Whether a factor was just removed. */
    readonly isDone: boolean;
    readonly application?: { readonly since: string; readonly removeAction: string } | undefined;
    readonly addApplicationUrl: string;
    readonly passkeys: readonly {
      /** "" when its person gave it none. */
      readonly name: string;
      readonly since: string;
      readonly lastUsed?: string | undefined;
      readonly removeAction: string;
    }[];
    readonly addPasskeyUrl: string;
    readonly passwordUrl: string;
    readonly codesLeft: number;
    readonly renewAction: string;
  };
  /** Asked of staff before they turn off the last factor that they hold. */
  readonly "second-factors/last-factor": {
    readonly form: FormModel;
    /** How many other sessions end with it. */
    readonly sessions: number;
    readonly backUrl: string;
  };
  /** Asked before a factor is turned off, or new recovery codes make the older ones void. */
  readonly "second-factors/factor-question": {
    readonly form: FormModel;
    readonly reason: "application" | "passkey" | "codes";
    /** Which passkey: "" when its person gave it no name. */
    readonly passkey?: { readonly name: string; readonly since: string } | undefined;
    readonly effects: readonly {
      readonly name: "sessions" | "factors-left" | "codes-void" | "password-alone" | "codes-once";
      readonly count?: number | undefined;
    }[];
    readonly backUrl: string;
  };
  readonly "second-factors/recovery-codes": {
    readonly form: FormModel;
    /** Shown once; none when the person holds some already. */
    readonly codes: readonly string[];
    /** Whose they are, for paper. */
    readonly email: string;
    /** Where they are saved as a file. */
    readonly saveUrl: string;
  };
}
