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
  const { ground, record, recordWithin, mail, clients, personalData } = ports;
  const { database, clock, random, logger, settings } = ground;
  const asks = accountAsks();
  const queue = createHashingQueue({ telemetry: ground.telemetry });
  const report = (fault: Error) => logger.error({ err: fault }, "a stored password cannot be read");
  const endings = createAccountEndings({
    ...{ database, clock, endAll: asks.endAll.ask, endVoid: asks.endVoid.ask },
  });
  const parts = {
    ...{ database, clock, random, record, recordWithin, ...openAccountStores(ground) },
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
  const keptForms = createKeptForms({ ...parts, encryption: ground.encryption });
  const recovery = createRecovery(parts);
  const waiting = waitingSeal(ground.encryption, clock);
  const deleteAccount = createDeletion(parts);
  const browserAlerts = createBrowserAlerts({ ...parts, recovery, encryption: ground.encryption });
  const { accounts, accountPages, addressChanges, signUps, tokens } = parts;
  const { letterRequests, knownBrowsers, passwords, policy, guard } = parts;
  const administration = createAdministration({ ...parts, recovery });
  return {
    ...signedIn(asks, clock, keptForms),
    keptForms,
    waitingSeal: waiting,
    /** Where who gave the password of a sign-up that waits is told so. */
    waitingPage: (journey: Pick<Journey, "base" | "clientId">, signUpId: string) =>
      pageAddress(journey, "/signup/sent", { of: waiting.close(signUpId) }),
    ...{ asks, accounts, accountPages, addressChanges, signUps, tokens, letterRequests },
    ...{ knownBrowsers, queue, passwords, policy, guard, endings },
    onCredentialsChanged: endings.onCredentialsChanged,
    writeRequestedLetters: () => writeRequestedLetters(parts),
    administration,
    lettersAgain: accountLettersAgain({ ...parts, administration }),
    deleteAccount,
    importAccounts: createAccountImport(parts),
    inactivity: createInactivity({ ...parts, deleteAccount }),
    ownAccount: createOwnAccount(parts),
    correctAddress: createAddressCorrection(parts),
    addressChange: createAddressChanges(parts),
    signUpRequests: createSignUps(parts),
    validation: createValidation(parts),
    pendingSignUps: createPendingSignUps(parts),
    recovery,
    browserAlerts,
    isRefusedHere: createOwnRefusal(parts),
    signIn: createSignIn({ ...parts, browserAlerts }),
    completeSignIn: createSignInCompletion({ ...parts, browserAlerts }),
    subjectOf: createSubjectOf(accounts),
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
