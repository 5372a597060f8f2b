import type { Account } from "../accounts/index.ts";

/** What a second factor was, in the words of RFC 8176: a one-time code, a key in hardware or in software. */
export type FactorMethod = "otp" | "hwk" | "swk";

/** A factor that has just been turned on. */
export interface Enrolled {
  readonly method: FactorMethod;
  /** New recovery codes, to be shown once; undefined when the person holds some already. */
  readonly recoveryCodes: readonly string[] | undefined;
  /** The account as it is then, when older factors were replaced: what was proven before is void. */
  readonly renewed?: Account | undefined;
}
