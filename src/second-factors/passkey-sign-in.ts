import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import {
  type Account,
  type CompleteSignIn,
  type KnownBrowserStore,
  type SignedIn,
  type SigningBrowser,
  browserName,
} from "../accounts/index.ts";
import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Spending } from "../web/index.ts";
import type { FactorMethod } from "./factor-method.ts";
import { createPasskeyChallenges } from "./passkey-challenges.ts";
import { type OwnedPasskey, PasskeyStore } from "./passkey-store.ts";
import { notePasskeyUse } from "./passkey-use.ts";
import {
  type NamedPasskey,
  namedIn,
  passkeyPlace,
  passkeyTimeout,
  readAssertion,
  userHandleOf,
} from "./passkey-verification.ts";
import {
  type PasskeyForm,
  type PasskeyParts,
  type PasskeyRequest,
  descriptor,
  methodOf,
} from "./passkeys.ts";

/** Why nobody signs in by a passkey. All but the first two are told to who has proven to hold it. */
export type PasskeySignInReason =
  | "passkey-refused"
  | "passkey-expired"
  | "passkey-counter-back"
  /** The password changed since: it is asked for once. */
  | "passkey-needs-password";

/** Who signed in by a passkey alone. */
export interface SignedInByPasskey extends SignedIn {
  readonly method: FactorMethod;
}

/** A sign-in that is asked for. */
export interface AskedSignIn {
  /** The interaction: what is asked of a device there is answered nowhere else. */
  readonly uid: string;
  /** Who is to confirm who they are; undefined where nobody is known. */
  readonly sub: string | undefined;
}

/** What came of an answer. */
export interface PasskeyAttempt {
  readonly outcome: Outcome<SignedInByPasskey, PasskeySignInReason>;
  /** Whose the passkey is that was named, whoever named it: for the audit alone. */
  readonly sub: string | undefined;
}

/**
 * Signing in with a passkey alone: what somebody holds, which has recognised them by what they know or are. It names its
 * account by itself, so that nobody types an address.
 */
export interface PasskeySignIn {
  /** Whether it may be asked for: of whoever comes, and of who is to confirm when they have a passkey. */
  readonly isOffered: (asked: AskedSignIn) => Promise<boolean>;
  /**
   * Asked for by the page's script, not on the page: that is the same for everybody, to the byte.
   * @returns undefined when who is to confirm has no passkey
   */
  readonly propose: (
    asked: AskedSignIn,
  ) => Promise<PasskeyRequest<PublicKeyCredentialRequestOptionsJSON> | undefined>;
  /**
   * The same work and the same refusal whether a passkey, and its account, exist or not, until a signature is right.
   * @param spending counts it before it costs, as the check of a password
   */
  readonly answer: (
    asked: AskedSignIn,
    form: PasskeyForm,
    from: SigningBrowser,
    spending: Spending,
  ) => Promise<PasskeyAttempt>;
}

/** What it is built of. */
export interface PasskeySignInParts extends PasskeyParts {
  readonly knownBrowsers: KnownBrowserStore;
  readonly completeSignIn: CompleteSignIn;
}

/** Builds it on the tables of passkeys. */
export function createPasskeySignIn(parts: PasskeySignInParts): PasskeySignIn {
  const store = new PasskeyStore(parts.database.knex);
  const challenges = createPasskeyChallenges(parts, store);
  const place = passkeyPlace(parts.issuer);
  return {
    isOffered: async ({ sub }) => sub === undefined || (await store.list(sub)).length > 0,
    propose: async ({ uid, sub }) => {
      const passkeys = sub === undefined ? [] : await store.list(sub);
      if (sub !== undefined && passkeys.length === 0) return undefined;
      const { bytes, sealed } = challenges.propose("sign-in", uid);
      return { options: requestOptions(place.rpId, bytes, passkeys), sealed };
    },
    answer: async (asked, form, from, spending) => {
      const named = namedIn(form.credential);
      // What no device wrote costs nothing, and counts nothing.
      if (named.credentialId === "")
        return { outcome: refused({ reason: "passkey-refused" }), sub: undefined };
      const claimed = await claimedBy(parts, store, named, { from, spending });
      const { passkey, account } = claimed;
      const sub = passkey?.accountSub;
      const challenge = await challenges.use("sign-in", asked.uid, form.challenge);
      if (challenge === undefined) return { outcome: refused({ reason: "passkey-expired" }), sub };
      const verified = passkey ?? { ...named, publicKey: nobodysKey };
      const counter = await readAssertion(form.credential, challenge, place, verified);
      const isTheirs = account !== undefined && isNamedBy(named, asked, account);
      if (!passkey || counter === undefined || !isTheirs)
        return { outcome: refused({ reason: "passkey-refused" }), sub };
      const problem = await problemOfUse(parts, passkey, counter);
      if (problem) return { outcome: refused({ reason: problem }), sub };
      const signed = signedIn(parts, { account, passkey, browser: claimed.browser }, from);
      return { outcome: accepted(await signed), sub };
    },
  };
}

/** Written by hand: what every sign-in asks for need not load the library. */
function requestOptions(
  rpId: string,
  challenge: Uint8Array,
  passkeys: readonly Parameters<typeof descriptor>[0][],
): PublicKeyCredentialRequestOptionsJSON {
  return {
    challenge: Buffer.from(challenge).toString("base64url"),
    ...{ rpId, timeout: passkeyTimeout, userVerification: "required" },
    allowCredentials: passkeys.map(
      descriptor,
    ) as PublicKeyCredentialRequestOptionsJSON["allowCredentials"] & object,
  };
}

/** Whose passkey an answer says it is: nothing of it is proven. */
interface Claimed {
  readonly passkey: OwnedPasskey | undefined;
  /** The account while somebody may sign in to it. */
  readonly account: Account | undefined;
  readonly browser: Parameters<CompleteSignIn>[2];
}

async function claimedBy(
  { accounts, knownBrowsers }: PasskeySignInParts,
  store: PasskeyStore,
  named: NamedPasskey,
  { from, spending }: { readonly from: SigningBrowser; readonly spending: Spending },
): Promise<Claimed> {
  // Without a mark nothing is looked up for who is over the limit.
  if (from.secret === undefined) await spending.spend();
  const passkey = await store.findOwned(named.credentialId);
  const [account] = await accounts.findAllBySub([passkey?.accountSub ?? ""]);
  const browser = await knownBrowsers.find(account, from.secret);
  if (from.secret !== undefined) await spending.spend(browserName(browser));
  return { passkey, account: account?.state === "active" ? account : undefined, browser };
}

/** A device that was not told which passkeys to take says whose the one is that it found (WebAuthn Level 3 §7.2, step 6). */
function isNamedBy({ userHandle }: NamedPasskey, asked: AskedSignIn, { sub }: Account): boolean {
  return userHandle === "" ? asked.sub === sub : userHandle === userHandleOf(sub);
}

async function problemOfUse(
  parts: PasskeySignInParts,
  passkey: OwnedPasskey,
  counter: number,
): Promise<Exclude<PasskeySignInReason, "passkey-expired"> | undefined> {
  if (!passkey.signsInAlone) return "passkey-needs-password";
  return notePasskeyUse(parts, passkey, { counter });
}

/** Whose passkey it is, once its signature was right. */
interface Proven extends Claimed {
  readonly passkey: OwnedPasskey;
  readonly account: Account;
}

/** As the account was read before anything was verified: the proof counts while its credentials are these. */
async function signedIn(
  { clock, accounts, knownBrowsers, completeSignIn }: PasskeySignInParts,
  { account, passkey, browser }: Proven,
  from: SigningBrowser,
): Promise<SignedInByPasskey> {
  const provenAt = clock.epochSeconds();
  const lastSignedInAt = (await accounts.findByEmail(account.email))?.lastSignedInAt;
  const browserSecret = await completeSignIn({ account, lastSignedInAt }, from, browser);
  await knownBrowsers.noteFactor(account, browserSecret);
  return { account, provenAt, browserSecret, method: methodOf(passkey) };
}

/** A key (ES256, COSE) whose private half nobody kept: an answer that names no passkey is verified, too. */
const nobodysKey =
  "pQECAyYgASFYIJ2qjiLmU3y1tbV-h0gyDvMysWTIhjX3nzK6CftTAq04Ilggo4ch495jmyEGLAwtaH_uAMAV-FT3Rl2eKQrRF1iatdY";
