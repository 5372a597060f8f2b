import type { FormModel, SecretPage } from "../web/index.ts";

/** What a browser asks a device's passkey for. */
export interface PasskeyModel {
  /** For `navigator.credentials`, JSON. */
  readonly options: string;
  /** What the form brings back. */
  readonly challenge: string;
}

/** The pages of second factors. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "second-factors/check": SecretPage & {
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
    readonly "second-factors/enrolment-code": SecretPage & {
      readonly form: FormModel;
      readonly email: string;
      /** Whether « Retour au service » leads somewhere. */
      readonly mayReturn?: boolean;
    };
    readonly "second-factors/enrolment": SecretPage & {
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
      /** Within an authorization: who is signed in, and whether a service hears that they go back. */
      readonly email?: string;
      readonly mayReturn?: boolean;
      /** On one's own pages: where they lead back. */
      readonly backUrl?: string;
    };
    readonly "second-factors/new-passkey": SecretPage & {
      readonly form: FormModel;
      readonly passkey: PasskeyModel;
      readonly backUrl: string;
    };
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
}
