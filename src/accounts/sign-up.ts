import {
  type Clock,
  type EmailAddress,
  type Locale,
  type Outcome,
  type Random,
  accepted,
  digest,
  hours,
  minutes,
  refused,
} from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import type { Database } from "../storage/index.ts";
import type { Spending } from "../web/index.ts";
import type { LetterRequestStore } from "./letter-request-store.ts";
import type { RefusalOf } from "./own-refusal.ts";
import type { Passwords } from "./password.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import { type SignUpForm, type SignUpReason, checkSignUp } from "./sign-up-form.ts";
import type { PendingSignUp, SignUpStore } from "./sign-up-store.ts";

/** How long a sign-up waits for its validation (the table of durations: unvalidated sign-ups, 7 days). */
export const signUpLifeSeconds = retentionSeconds.unvalidatedSignUps;

/** In its last hour a sign-up is over for who made it: a link would end before the letter is read. */
export const leastLinkSeconds = hours(1) + minutes(1);

/** How long a person waits before another validation letter. */
export const resendDelaySeconds = minutes(1);

/** What the browser that signed up keeps in a cookie: it finds the sign-up again and proves to be the one. */
export interface SignUpMark {
  readonly id: string;
  readonly secret: string;
}

/** A sign-up whose password was just given, in whatever browser. */
export interface ProvenSignUp {
  readonly id: string;
}

/** Where a sign-up comes from. */
export interface SignUpOrigin {
  readonly locale: Locale;
  readonly clientId: string | undefined;
}

/**
 * Signing up: `request` keeps a pending sign-up and a letter request in one transaction, whether the
 * address has an account or not. The same work in both cases, so the answer cannot tell, nor can its
 * time; which letter leaves is decided later, outside any request (`account-letters`).
 */
export interface SignUps {
  readonly request: (
    form: SignUpForm,
    origin: SignUpOrigin,
    spending?: SignUpSpending,
  ) => Promise<Outcome<SignUpMark, SignUpReason>>;
  /** The sign-up that this browser made, or gave the password of, while it waits. */
  readonly find: (
    mark: SignUpMark | ProvenSignUp | undefined,
  ) => Promise<WaitingSignUp | undefined>;
  /** Asks for the letter again; `resend-too-soon` says in how many seconds. */
  readonly resend: (
    mark: SignUpMark | ProvenSignUp | undefined,
    spending?: Spending,
  ) => Promise<Outcome<EmailAddress, ResendReason>>;
}

/** What a sign-up costs: the judgement of its password, and when all is well a hash and a letter. */
export interface SignUpSpending {
  readonly judging: Spending;
  readonly keeping: Spending;
}

/** Why a letter is not sent again. */
export type ResendReason = "resend-too-soon" | "sign-up-unknown";

/** A sign-up as its own browser sees it. */
export interface WaitingSignUp {
  readonly email: EmailAddress;
  /** Seconds before the letter may be sent again; 0 when it may be now. */
  readonly waitSeconds: number;
  /**
   * Whether the address refused the letter that was last asked for. A letter goes whether the address has an account or
   * not, so it tells nothing of that.
   */
  readonly isRefused: boolean;
}

/** Builds the sign-ups on their tables. */
export function createSignUps(parts: SignUpParts): SignUps {
  const { clock, signUps } = parts;
  const findOwn = async (
    mark: SignUpMark | ProvenSignUp | undefined,
  ): Promise<PendingSignUp | undefined> => {
    const signUp = mark && (await signUps.find(mark.id, clock.epochSeconds() + leastLinkSeconds));
    if (!signUp || !("secret" in mark)) return signUp;
    return digest(mark.secret) === signUp.browserDigest ? signUp : undefined;
  };
  return {
    request: async (form, origin, spending) => {
      const checked = await checkSignUp(parts.policy, form, spending?.judging);
      if (!checked.accepted) return checked;
      await spending?.keeping.spend();
      const passwordHash = await parts.passwords.hash(checked.value.password);
      const mark = { id: parts.random.identifier(), secret: parts.random.secret() };
      await keep(parts, { ...checked.value, ...origin, ...mark, passwordHash });
      return accepted(mark);
    },
    find: async (mark) => {
      const signUp = await findOwn(mark);
      if (!signUp) return undefined;
      const refusal = await parts.refusalOf(signUp.email);
      return {
        email: signUp.email,
        waitSeconds: waitSeconds(signUp, clock.epochSeconds()),
        isRefused: refusal !== undefined && refusal.at >= signUp.letterAskedAt,
      };
    },
    resend: async (mark, spending) => {
      const signUp = await findOwn(mark);
      if (!signUp) return refused({ reason: "sign-up-unknown" });
      await spending?.spend();
      return askAgain(parts, signUp);
    },
  };
}

/** Asks for the letter of a sign-up again, unless it was a moment ago. */
export async function askAgain(
  parts: Pick<SignUpParts, "database" | "clock" | "random" | "signUps" | "letterRequests">,
  signUp: PendingSignUp,
): Promise<Outcome<EmailAddress, "resend-too-soon">> {
  const { signUps } = parts;
  const now = parts.clock.epochSeconds();
  const asked = await parts.database.transaction(async (transaction) => {
    const first = await signUps
      .within(transaction)
      .askLetter(signUp.id, now, now - resendDelaySeconds);
    if (first) await parts.letterRequests.within(transaction).insert(letterRequest(parts, signUp));
    return first;
  });
  if (asked) return accepted(signUp.email);
  const seconds = waitSeconds((await signUps.find(signUp.id, now)) ?? signUp, now);
  return refused({ reason: "resend-too-soon", details: { seconds } });
}

/** What the sign-ups are built of. */
export interface SignUpParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly passwords: Passwords;
  readonly policy: PasswordPolicy;
  readonly signUps: SignUpStore;
  readonly letterRequests: LetterRequestStore;
  readonly refusalOf: RefusalOf;
}

async function keep(
  parts: SignUpParts,
  asked: SignUpOrigin &
    SignUpMark &
    Pick<PendingSignUp, "email" | "givenName" | "familyName" | "passwordHash">,
): Promise<void> {
  const now = parts.clock.epochSeconds();
  const signUp: PendingSignUp = {
    id: asked.id,
    email: asked.email,
    givenName: asked.givenName,
    familyName: asked.familyName,
    locale: asked.locale,
    passwordHash: asked.passwordHash,
    clientId: asked.clientId,
    browserDigest: digest(asked.secret),
    letterAskedAt: now,
    createdAt: now,
    expiresAt: now + signUpLifeSeconds,
  };
  await parts.database.transaction(async (transaction) => {
    await parts.signUps.within(transaction).insert(signUp);
    await parts.letterRequests.within(transaction).insert(letterRequest(parts, signUp));
  });
}

function letterRequest(parts: Pick<SignUpParts, "clock" | "random">, signUp: PendingSignUp) {
  return {
    id: parts.random.identifier(),
    purpose: "validation" as const,
    email: signUp.email,
    pendingSignUpId: signUp.id,
    clientId: signUp.clientId,
    locale: signUp.locale,
    createdAt: parts.clock.epochSeconds(),
  };
}

function waitSeconds(signUp: PendingSignUp, now: number): number {
  const waited = now - signUp.letterAskedAt;
  return waited < 0 || waited >= resendDelaySeconds ? 0 : resendDelaySeconds - waited;
}
