import type { Locale } from "../foundation/index.ts";
import type { FormModel, ListModel, PageOfLinkedLanguage } from "../web/index.ts";

/** What became of a form that waited for its person: it still waits, was taken up or voided, or was never kept. */
export type KeptFormState = "waiting" | "gone" | "not-kept";

/** The pages of signing up, signing in, recovering and of one's own account, by template. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "accounts/sign-in": {
      readonly form: FormModel;
      readonly signUpUrl: string;
      readonly recoveryUrl: string;
      /** Whether « Retour au service » leads somewhere. */
      readonly mayReturn?: boolean;
      readonly serviceName?: string | undefined;
      /** Who is signed in, where the service asks for somebody else. */
      readonly signedInAs?: string | undefined;
      /** Where a script asks what a passkey is to answer; absent on the way to the back office. */
      readonly passkeyUrl?: string | undefined;
    };
    /** Who is signed in signs in anew. */
    readonly "accounts/confirm": {
      readonly form: FormModel;
      readonly recoveryUrl: string;
      /** The same, where the person has one, and it is enough. */
      readonly passkeyUrl?: string | undefined;
      /** Whether they signed in by a passkey alone, which is not enough here. */
      readonly isPasswordMissing: boolean;
    };
    readonly "accounts/sign-up": {
      readonly form: FormModel;
      readonly signInUrl: string;
      readonly recoveryUrl: string;
    };
    readonly "accounts/sign-up-sent": {
      readonly email: string;
      /** Told at the sign-in, of a sign-up that waits. */
      readonly isWaiting: boolean;
      /** Whether the address refused the last letter. */
      readonly isRefused: boolean;
      readonly resendAction: string;
      /** Where another address may be given. */
      readonly signUpUrl: string;
      readonly signInUrl: string;
      /** Whether a message has just been sent again. */
      readonly resent: boolean;
      /** Given when a resend was asked too early: how long the person still has to wait. */
      readonly waitSeconds?: number | undefined;
    };
    /** Opened by a letter: one button. */
    readonly "accounts/validate": PageOfLinkedLanguage & {
      readonly form: FormModel;
      readonly email: string;
      /** Whether this browser is not the one that signed up. */
      readonly passwordNeeded: boolean;
      /** Where another password may be chosen. */
      readonly newPasswordUrl: string;
    };
    readonly "accounts/validated": { readonly signInUrl: string };
    readonly "accounts/link-refused": {
      readonly purpose: "validation" | "recovery" | "email" | "alert";
      /** `done`: a sign-up that waits no more, asked for by its own browser. */
      readonly reason: "expired" | "unknown" | "used" | "done";
      readonly nextUrl: string;
      readonly nextKind: "sign-in" | "sign-up" | "recovery" | "account";
    };
    readonly "accounts/recovery": { readonly form: FormModel; readonly signInUrl: string };
    readonly "accounts/recovery-sent": {
      readonly email: string;
      /** Whether the address refuses our mail; told in its person's own browser alone. */
      readonly isRefused: boolean;
      readonly signInUrl: string;
    };
    readonly "accounts/new-password": {
      readonly form: FormModel;
      readonly email: string;
      /** Whether it takes the place of the sign-up's, whose account it makes. */
      readonly validates: boolean;
    };
    readonly "accounts/password-changed": { readonly signInUrl: string };
    readonly "accounts/email": {
      readonly form: FormModel;
      readonly currentEmail: string;
      readonly backUrl: string;
    };
    readonly "accounts/email-sent": { readonly email: string; readonly backUrl: string };
    readonly "accounts/email-link": {
      readonly form: FormModel;
      readonly email: string;
      /** Not where staff asked for the change. */
      readonly asksPassword: boolean;
    };
    readonly "accounts/email-changed": { readonly email: string; readonly signInUrl: string };
    readonly "accounts/data": {
      /** Dates as they are shown. */
      readonly signIns: readonly {
        readonly at: string;
        readonly isAccepted: boolean;
        readonly service?: string | undefined;
        readonly network?: string | undefined;
      }[];
      readonly downloadUrl: string;
      readonly deletionUrl: string;
    };
    readonly "accounts/deletion": {
      readonly form: FormModel;
      readonly email: string;
      readonly backUrl: string;
    };
    readonly "accounts/deleted": object;
    /** Behind the letter of a sign-in from a new browser. */
    readonly "accounts/new-browser": {
      readonly form: FormModel;
      readonly email: string;
      readonly keepUrl: string;
    };
    readonly "accounts/sessions-ended": object;
    readonly "accounts/password": {
      readonly form: FormModel;
      readonly email: string;
      readonly backUrl: string;
    };
    readonly "accounts/account": {
      /** The names. */
      readonly form: FormModel;
      readonly passwordUrl: string;
      readonly language: { readonly action: string; readonly current: Locale };
      readonly emailUrl: string;
      readonly email: string;
      /** What was just done. */
      readonly done?: "profile" | "password" | "session" | "sessions" | "language" | undefined;
      /** A form that waits, worded by `kept-form.of.<formName>`, and its page. */
      readonly waiting?: { readonly url: string; readonly formName: string } | undefined;
      readonly list: ListModel;
      /** The page of it; dates as they are shown. */
      readonly establishments: readonly {
        readonly formatted: string;
        readonly name?: string | undefined;
        readonly since: string;
        readonly until?: string | undefined;
      }[];
      readonly requestsUrl: string;
      /** Where who has the care of organisations finds them. */
      readonly organisationsUrl?: string | undefined;
      readonly sessions: readonly {
        readonly endAction: string;
        readonly since: string;
        readonly lastUsed: string | undefined;
        readonly browser: string | undefined;
        readonly system: string | undefined;
        /** The truncated network address. */
        readonly network: string | undefined;
        /** The names of its services, "" when there are none. */
        readonly services: string;
        readonly isCurrent: boolean;
      }[];
      readonly endOthersAction: string;
      /** Where a passkey may be added; shown by the script alone, on a device that can hold one. */
      readonly passkeyOffer?:
        { readonly addUrl: string; readonly declineAction: string } | undefined;
      readonly signOutUrl: string;
    };
    /** Dates as they are shown. */
    readonly "accounts/kept-form": {
      readonly reason: KeptFormState;
      /** Which form waits: the key of its words. */
      readonly formName?: string | undefined;
      /** Carries it out while it waits. */
      readonly action: string;
      readonly backUrl: string;
    };
  }
}
