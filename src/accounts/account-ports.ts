import type { Audit } from "../audit/index.ts";
import type { Ask, EmailAddress } from "../foundation/index.ts";
import type { Ground, Person, RecordSoon, RecordWithin } from "../house/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { WayBack, WebActs } from "../web/index.ts";
import type { AllowLetters, Enqueue } from "./letter-ports.ts";
import type { Actor } from "./authority.ts";
import type { StartAgain } from "./journey.ts";

/** What accounts stand on. */
export interface AccountPorts {
  readonly ground: Ground;
  readonly record: RecordEvent;
  readonly recordWithin: RecordWithin;
  readonly recordSoon: RecordSoon;
  readonly audit: Pick<Audit, "signIns">;
  readonly mail: {
    readonly enqueue: Enqueue;
    readonly allow: AllowLetters;
    readonly wake: () => void;
    readonly refusedAddresses: {
      /** Whether an address refuses our mail, and when it last did, epoch seconds. */
      readonly find: (email: EmailAddress) => Promise<{ readonly at: number } | undefined>;
    };
  };
  readonly web: Pick<WebActs, "limits" | "formGuards">;
  readonly clients: {
    readonly startAgain: StartAgain;
    readonly wayBack: (clientId: string | undefined) => WayBack;
    readonly isKnown: (clientId: string) => boolean;
    /** Answered by the accounts: who may change clients. */
    readonly clientAuthority: Ask<(transaction: Transaction, actor: Actor) => Promise<void>>;
    /** What a client is called; undefined when there is none of this name. */
    readonly serviceNameOf: (clientId: string) => string | undefined;
  };
  /** What every room keeps of a person. */
  readonly personalData: {
    readonly export: (person: Person) => Promise<object>;
    readonly erase: (transaction: Transaction, person: Person) => Promise<void>;
  };
}
