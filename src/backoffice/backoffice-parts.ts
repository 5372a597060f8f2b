import type {
  Account,
  AccountPageStore,
  AccountEndings,
  AccountStore,
  AddressChangeStore,
  Administration,
  CorrectAddress,
  DeleteAccount,
  LettersAgain,
  OwnSessions,
  PendingSignUps,
  Recovery,
} from "../accounts/index.ts";
import type { Audit } from "../audit/index.ts";
import type { ClientActs, ClientDirectory, ClientRegistry } from "../clients/index.ts";
import type {
  AccessPageStore,
  AccessRequests,
  Accesses,
  Invitations,
} from "../establishments/index.ts";
import type { Encryption } from "../foundation/index.ts";
import type { RoomList } from "../house/index.ts";
import type { MailOutbox, RefusedAddresses, ResumeMail } from "../mail/index.ts";
import type { OrganisationActs } from "../organisations/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { Waiting } from "../outbox/index.ts";
import type { Holdings, PreviewClaims, Revocation } from "../provider/index.ts";
import type { SecondFactors, StaffEnrolment } from "../second-factors/index.ts";
import type { SignalOperations } from "../signals/index.ts";
import type { RequestNotices } from "./request-notices.ts";
import type { SearchAccounts } from "./account-search.ts";
import type { StaffRouterParts } from "./staff-router.ts";

/** What the back office works with. */
export interface BackofficeParts extends StaffRouterParts, OrganisationActs {
  readonly search: SearchAccounts;
  readonly accounts: AccountStore;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
  readonly administration: Administration;
  readonly deleteAccount: DeleteAccount;
  readonly endings: Pick<AccountEndings, "renewEverybodys">;
  readonly enrolment: Pick<StaffEnrolment, "issue" | "isWaiting" | "opens">;
  readonly secondFactors: Pick<SecondFactors, "has" | "held" | "passkeys" | "reset">;
  readonly correctAddress: CorrectAddress;
  readonly addressChanges: Pick<AddressChangeStore, "waitingOf">;
  readonly pendingSignUps: PendingSignUps;
  readonly recovery: Recovery;
  readonly accountPages: AccountPageStore;
  readonly accesses: Accesses;
  readonly accessPages: AccessPageStore;
  readonly accessRequests: AccessRequests;
  readonly invitations: Invitations;
  readonly requestNotices: Pick<RequestNotices, "of" | "choose">;
  readonly sessions: OwnSessions;
  readonly revocation: Revocation;
  readonly outbox: Pick<MailOutbox, "failedCount" | "fatesOf">;
  readonly refusedAddresses: Pick<RefusedAddresses, "find">;
  readonly resumeMail: ResumeMail;
  /** The letters that can be made anew, by name, each by the room that owns it. */
  readonly lettersAgain: LettersAgain;
  readonly waiting: Waiting;
  readonly holdings: Holdings;
  readonly audit: Audit;
  readonly eventNames: RoomList["eventNames"];
  readonly clients: ClientDirectory;
  readonly clientRegistry: ClientRegistry;
  readonly clientEditing: ClientActs["clientEditing"];
  readonly encryption: Encryption;
  readonly previewClaims: PreviewClaims;
  readonly signals: SignalOperations;
  readonly record: RecordEvent;
}
