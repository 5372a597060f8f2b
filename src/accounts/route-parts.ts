import type { Middleware } from "koa";
import type { Encryption } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { RateLimits } from "../web/index.ts";
import type { BrowserCookies } from "./browser-cookies.ts";
import type { FindJourney, StartAgain } from "./journey.ts";
import type { PageSeal } from "./page-seal.ts";
import type { Recovery } from "./recovery.ts";
import type { SignUps } from "./sign-up.ts";
import type { SubjectOf } from "./subject-of.ts";
import type { Validation } from "./validation.ts";

/** What the pages of this room are served with. */
export interface AccountRouteParts {
  readonly signUpRequests: SignUps;
  readonly validation: Validation;
  readonly recovery: Recovery;
  /** Whether mail to an address is refused, for a browser in which its person has signed in. */
  readonly isRefusedHere: (typed: string, browserSecret: string | undefined) => Promise<boolean>;
  readonly cookies: BrowserCookies;
  readonly encryption: Encryption;
  /** Which sign-up waits, for who gave its password at the sign-in. */
  readonly waitingSeal: PageSeal;
  readonly limits: RateLimits;
  readonly record: RecordEvent;
  readonly findJourney: FindJourney;
  readonly startAgain: StartAgain;
  readonly subjectOf: SubjectOf;
  /** What stands in front of each form: same origin, then the body. */
  readonly formGuards: readonly Middleware[];
}
