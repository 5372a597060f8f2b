import { availableParallelism } from "node:os";
import type { Clock } from "../foundation/index.ts";
import { createAccountImport } from "./account-import.ts";
import { createAccountEndings } from "./account-endings.ts";
import { writeRequestedLetters } from "./account-letters.ts";
import type { AccountPorts } from "./account-ports.ts";
import { type AccountAsks, accountAsks } from "./account-asks.ts";
import { openAccountStores } from "./account-stores.ts";
import { createAddressCorrection } from "./address-correction.ts";
import { createBrowserAlerts } from "./browser-alert.ts";
import { createAddressChanges } from "./address-change.ts";
import { createAdministration } from "./administration.ts";
import { askedSessions, currentAccountOf } from "./current-account.ts";
import { createDeletion } from "./deletion.ts";
import { createHashingQueue } from "./hashing-queue.ts";
import { createInactivity } from "./inactivity.ts";
import { type KeptForms, createKeptForms } from "./kept-forms.ts";
import { type Journey, pageAddress } from "./journey.ts";
import { accountLettersAgain } from "./letters-again.ts";
import { createOwnRefusal } from "./own-refusal.ts";
import { createOwnAccount } from "./own-account.ts";
import { waitingSeal } from "./page-seal.ts";
import { createPasswords } from "./password.ts";
import { createPasswordPolicy } from "./password-policy.ts";
import { createPendingSignUps } from "./pending-sign-ups.ts";
import { createRecovery } from "./recovery.ts";
import { createSignedInDoors } from "./signed-in.ts";
import { createSignIn, createSignInCompletion } from "./sign-in.ts";
import { createSignInGuard } from "./sign-in-guard.ts";
import { createSubjectOf } from "./subject-of.ts";
import { createSignUps } from "./sign-up.ts";
import { createValidation } from "./validation.ts";

/** What other rooms ask of accounts. */
export type AccountActs = ReturnType<typeof createAccountActs>;

/** Builds the acts on the tables of the room, once each. */
export function createAccountActs(ports: AccountPorts) {
  const asks = accountAsks();
  const { parts, endings } = actParts(ports, asks);
  const { accounts, accountPages, addressChanges, signUps, tokens, clock } = parts;
  const { letterRequests, knownBrowsers, passwords, policy, guard, queue } = parts;
  const keptForms = createKeptForms(parts);
  const deleteAccount = createDeletion(parts);
  return {
    ...signedIn(asks, clock, keptForms),
    keptForms,
    ...waitingSignUps(parts),
    ...{ asks, accounts, accountPages, addressChanges, signUps, tokens, letterRequests },
    ...{ knownBrowsers, queue, passwords, policy, guard, endings },
    onCredentialsChanged: endings.onCredentialsChanged,
    writeRequestedLetters: (stopping?: AbortSignal) => writeRequestedLetters(parts, stopping),
    deleteAccount,
    importAccounts: createAccountImport(parts),
    inactivity: createInactivity({ ...parts, deleteAccount }),
    ownAccount: createOwnAccount(parts),
    correctAddress: createAddressCorrection(parts),
    addressChange: createAddressChanges(parts),
    signUpRequests: createSignUps(parts),
    validation: createValidation(parts),
    pendingSignUps: createPendingSignUps(parts),
    ...actsAroundRecovery(parts),
    isRefusedHere: createOwnRefusal(parts),
    subjectOf: createSubjectOf(accounts),
  };
}

type ActParts = ReturnType<typeof actParts>["parts"];

/** What every act may be built of: the tables, what proves a person, what is told to other rooms. */
function actParts(ports: AccountPorts, asks: AccountAsks) {
  const { ground, record, recordWithin, recordSoon, mail, clients, personalData } = ports;
  const { database, clock, random, logger, settings, encryption } = ground;
  // What the machine has is shared out among the workers of the node.
  const threads = Math.max(1, Math.floor(availableParallelism() / settings.workers));
  const queue = createHashingQueue({ workers: threads, telemetry: ground.telemetry });
  const report = (fault: Error) => logger.error({ err: fault }, "a stored password cannot be read");
  const endings = createAccountEndings({
    ...{ database, clock, recordSoon, endAll: asks.endAll.ask, endVoid: asks.endVoid.ask },
  });
  const parts = {
    ...{ database, clock, random, encryption, ...openAccountStores(ground) },
    ...{ record, recordWithin, recordSoon },
    ...{ queue, passwords: createPasswords({ queue, random, report }) },
    policy: createPasswordPolicy(ground.telemetry),
    guard: createSignInGuard({ database, clock, key: ground.secretFor("counters") }),
    ...{ issuer: settings.issuer, contactUrl: settings.contactUrl },
    ...{ enqueue: mail.enqueue, allow: mail.allow, startAgain: clients.startAgain },
    refusalOf: mail.refusedAddresses.find,
    onCredentialsChanged: endings.onCredentialsChanged,
    eraseTraces: personalData.erase,
    disabledWithin: asks.disabledWithin.ask,
    changedWithin: asks.changedWithin.tell,
    whenValidated: asks.whenValidated.ask,
    findAccount: asks.findAccount.ask,
    closeAccesses: asks.closeAccesses.ask,
  };
  return { parts, endings };
}

/** What may have somebody recover: staff ask for it, and who is told of a browser that they do not know. */
function actsAroundRecovery(parts: ActParts) {
  const recovery = createRecovery(parts);
  const administration = createAdministration({ ...parts, recovery });
  const browserAlerts = createBrowserAlerts(parts);
  return {
    ...{ recovery, administration, browserAlerts },
    lettersAgain: accountLettersAgain({ ...parts, administration }),
    signIn: createSignIn({ ...parts, browserAlerts }),
    completeSignIn: createSignInCompletion({ ...parts, browserAlerts }),
  };
}

function waitingSignUps({ encryption, clock }: ActParts) {
  const seal = waitingSeal(encryption, clock);
  return {
    waitingSeal: seal,
    /** Where who gave the password of a sign-up that waits is told so. */
    waitingPage: (journey: Pick<Journey, "base" | "clientId">, signUpId: string) =>
      pageAddress(journey, "/signup/sent", { of: seal.close(signUpId) }),
  };
}

/** Who is signed in, as pages ask; the room above reads it from its sessions. */
function signedIn(asks: AccountAsks, clock: Clock, keptForms: KeptForms) {
  const readSession = asks.readSession.ask;
  return {
    readSession,
    ...createSignedInDoors({ readSession, clock, keptForms }),
    currentAccount: currentAccountOf(readSession),
    sessions: askedSessions(asks.sessions.ask),
  };
}
