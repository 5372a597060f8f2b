import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import type { Account, AccountStore } from "../accounts/index.ts";
import { type Clock, type Outcome, type Random, accepted, refused } from "../foundation/index.ts";
import type { EventContext, RecordEvent } from "../operations/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { FactorChanges, Removal, RemovalReason } from "./factor-changes.ts";
import type { Enrolled, FactorMethod } from "./factor-method.ts";
import { PasskeyStore, type StoredPasskey } from "./passkey-store.ts";
import { notePasskeyUse } from "./passkey-use.ts";
import { createPasskeyChallenges } from "./passkey-challenges.ts";
import {
  algorithms,
  namedIn,
  passkeyPlace,
  passkeyTimeout,
  readAssertion,
  readRegistration,
  userHandleOf,
  webAuthn,
} from "./passkey-verification.ts";
import type { SealedValues } from "./sealed-values.ts";
import type { AdmissionReason } from "./staff-enrolment.ts";

/** Why a passkey is refused. */
export type PasskeyReason =
  | "passkey-refused"
  | "passkey-expired"
  | "passkey-known"
  /** Its counter says that there is a copy of it. */
  | "passkey-counter-back"
  | AdmissionReason;

/** What a page asks a device for: its challenge is good once, for ten minutes. */
export interface PasskeyRequest<Options> {
  /** What the browser is given, as JSON. */
  readonly options: Options;
  /** What the form brings back beside the device's answer. */
  readonly sealed: string;
}

/** A request as a page shows it. */
export function passkeyModel({ options, sealed }: PasskeyRequest<object>) {
  return { options: JSON.stringify(options), challenge: sealed };
}

/** The form of a passkey: the device's answer as JSON, and the challenge that it answers. */
export interface PasskeyForm {
  readonly credential: string;
  readonly challenge: string;
}

/** Passkeys (WebAuthn Level 3) beside the password; the person is verified by the device. */
export interface Passkeys {
  readonly list: (accountSub: string) => Promise<readonly StoredPasskey[]>;
  readonly proposeEnrolment: (
    account: Account,
  ) => Promise<PasskeyRequest<PublicKeyCredentialCreationOptionsJSON>>;
  /**
   * @param name what the person calls it, "" when they do not
   * @param admission what admits staff to turn their first factor on
   */
  readonly enrol: (
    account: Account,
    form: PasskeyForm,
    name: string,
    admission?: string,
    context?: EventContext,
  ) => Promise<Outcome<Enrolled, PasskeyReason>>;
  /** @returns undefined when the person has no passkey */
  readonly proposeCheck: (
    accountSub: string,
  ) => Promise<PasskeyRequest<PublicKeyCredentialRequestOptionsJSON> | undefined>;
  /** @param account with the credentials that the password beside it was given under */
  readonly check: (
    account: Pick<Account, "sub" | "credentials">,
    form: PasskeyForm,
  ) => Promise<Outcome<FactorMethod, PasskeyReason>>;
  /** @returns the account as it is then: what was proven before is void */
  readonly remove: (
    account: Account,
    credentialId: string,
    removal?: Removal,
  ) => Promise<Outcome<Account, RemovalReason>>;
  /** Erases challenges that are refused for their age alone. @returns how many */
  readonly purge: () => Promise<number>;
}

/** What they are built of. */
export interface PasskeyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: AccountStore;
  readonly onCredentialsChanged: (sub: string) => Promise<void>;
  /** Passkeys are bound to its host; its origin is the only one they are used at. */
  readonly issuer: string;
  readonly record: RecordEvent;
  readonly sealed: SealedValues;
  readonly changes: FactorChanges;
}

const longestName = 60;

/** Builds them on their tables. */
export function createPasskeys(parts: PasskeyParts): Passkeys {
  const store = new PasskeyStore(parts.database.knex);
  const asked = {
    ...parts,
    store,
    place: passkeyPlace(parts.issuer),
    challenges: createPasskeyChallenges(parts, store),
  };
  return {
    list: (accountSub) => store.list(accountSub),
    ...passkeyEnrolment(asked),
    ...passkeyCheck(asked),
    remove: async (account, credentialId, removal = { mayBeLast: false }) => {
      const outcome = await parts.changes.turnOff(account, credentialId, removal);
      if (outcome.accepted) await parts.onCredentialsChanged(account.sub);
      return outcome;
    },
    purge: () => store.purgeChallenges(parts.clock.epochSeconds()),
  };
}

/** What is asked of devices, and what they answer, is kept with. */
interface AskedParts extends PasskeyParts {
  readonly store: PasskeyStore;
  readonly place: ReturnType<typeof passkeyPlace>;
  readonly challenges: ReturnType<typeof createPasskeyChallenges>;
}

function passkeyEnrolment(parts: AskedParts): Pick<Passkeys, "proposeEnrolment" | "enrol"> {
  const { clock, store, place, challenges } = parts;
  return {
    proposeEnrolment: async ({ sub, email, givenName, familyName }) => {
      const challenge = challenges.propose("enrolment", sub);
      const { generateRegistrationOptions } = await webAuthn();
      const options = await generateRegistrationOptions({
        rpName: "l'Opcommerce",
        rpID: place.rpId,
        timeout: passkeyTimeout,
        userName: email,
        userDisplayName: `${givenName} ${familyName}`,
        userID: new Uint8Array(Buffer.from(userHandleOf(sub))),
        challenge: challenge.bytes,
        attestationType: "none",
        excludeCredentials: (await store.list(sub)).map(descriptor),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        supportedAlgorithmIDs: [...algorithms],
      });
      return { options, sealed: challenge.sealed };
    },
    enrol: async (account, form, name, admission, context) => {
      const challenge = await challenges.use("enrolment", account.sub, form.challenge);
      if (challenge === undefined) return refused({ reason: "passkey-expired" });
      const read = await readRegistration(form.credential, challenge, place);
      if (!read) return refused({ reason: "passkey-refused" });
      const kept = { name: nameOf(name), createdAt: clock.epochSeconds(), lastUsedAt: undefined };
      const passkey = { ...read, ...kept };
      const write = (transaction: Transaction, staffTerm: string | undefined) =>
        store.within(transaction).insert(account.sub, passkey, staffTerm);
      const method = methodOf(read);
      const outcome = await parts.changes.turnOn(account, admission, method, write, context);
      if (outcome.accepted) return outcome;
      const [{ reason }] = outcome.problems;
      return refused({ reason: reason === "factor-known" ? "passkey-known" : reason });
    },
  };
}

function passkeyCheck(parts: AskedParts): Pick<Passkeys, "proposeCheck" | "check"> {
  const { store, place, challenges } = parts;
  return {
    proposeCheck: async (accountSub) => {
      const passkeys = await store.list(accountSub);
      if (passkeys.length === 0) return undefined;
      const challenge = challenges.propose("check", accountSub);
      const { generateAuthenticationOptions } = await webAuthn();
      const options = await generateAuthenticationOptions({
        rpID: place.rpId,
        timeout: passkeyTimeout,
        challenge: challenge.bytes,
        allowCredentials: passkeys.map(descriptor),
        userVerification: "required",
      });
      return { options, sealed: challenge.sealed };
    },
    check: async ({ sub: accountSub, credentials }, form) => {
      const challenge = await challenges.use("check", accountSub, form.challenge);
      if (challenge === undefined) return refused({ reason: "passkey-expired" });
      const passkey = await store.find(accountSub, namedIn(form.credential).credentialId);
      const counter = passkey && (await readAssertion(form.credential, challenge, place, passkey));
      if (!passkey || counter === undefined) return refused({ reason: "passkey-refused" });
      const owned = { accountSub, credentialId: passkey.credentialId };
      const problem = await notePasskeyUse(parts, owned, {
        counter,
        besidePasswordOf: credentials,
      });
      return problem ? refused({ reason: problem }) : accepted(methodOf(passkey));
    },
  };
}

/** A passkey as a browser asks a device for it. */
export function descriptor({ credentialId, transports }: StoredPasskey) {
  return { id: credentialId, transports: [...transports] };
}

/** A key that its maker synchronises is in no piece of hardware of its own (RFC 8176 §2). */
export function methodOf({ synchronised }: Pick<StoredPasskey, "synchronised">): FactorMethod {
  return synchronised ? "swk" : "hwk";
}

function nameOf(typed: string): string {
  const line = typed
    .normalize("NFC")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  // Cut between two characters, never inside one.
  return Array.from(line).slice(0, longestName).join("");
}
