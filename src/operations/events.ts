import { type EmailAddress, keyedDigest } from "../foundation/index.ts";
import type { Logger } from "./logger.ts";

/**
 * Every security-relevant act, by the room that records it: each room adds its own beside its `open.ts`
 * (`declare module`), so that who reads the log or the audit can search for each by name.
 */
export interface RoomEvents {
  /** Operations record none of their own. */
  readonly operations: never;
}

/** The name of a security-relevant act. */
export type EventName = RoomEvents[keyof RoomEvents];

/** The person an event is about: by `sub` once there is an account, else by the address given. */
export type EventSubject =
  | { readonly sub: string; readonly email?: EmailAddress | undefined }
  | { readonly email: EmailAddress };

/** A security-relevant act and what came of it. */
export interface SecurityEvent {
  readonly name: EventName;
  readonly outcome: "accepted" | "refused";
  /** Why, a machine word: the first problem of a refusal, or the motive of an act. */
  readonly reason?: string | undefined;
  readonly subject?: EventSubject | undefined;
  /** Who did it, when it is not the subject: a member of staff (`sub`) or `operator` for the command line. */
  readonly actor?: string | undefined;
  readonly clientId?: string | undefined;
  /** The network address the request came from. */
  readonly clientAddress?: string | undefined;
  /** The reference that the person saw, or the log line of the request bears. */
  readonly reference?: string | undefined;
  /** What else tells this act from others, for example `{ siret }`. No secret, no address. */
  readonly details?: Readonly<Record<string, string | number | readonly string[]>> | undefined;
}

/** What who asks for an act adds to the event that it records itself: where it was asked, for which client, and what else tells it. */
export type EventContext = Pick<
  SecurityEvent,
  "clientAddress" | "reference" | "clientId" | "details"
>;

/** Who asks for an act, when it is not the subject, and from where: what the act records itself is told. */
export type AskedBy = Pick<SecurityEvent, "actor" | "clientAddress" | "reference">;

/**
 * The port through which a room records an event. It is awaited, so that a record kept in a table
 * (the chained audit) can take the place of the log without a change at its callers.
 */
export type RecordEvent = (event: SecurityEvent) => Promise<void>;

/** Where an event stands in the chained audit. */
export interface AuditPosition {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Records events as lines of the log, with `event` as the name.
 * @param referenceKey secret that turns an address into a reference: the lines about one address can be
 *   found by who knows both the address and the key, and the address cannot be guessed from a line.
 */
export function createEventLog(
  logger: Logger,
  referenceKey: string | Buffer,
): (event: SecurityEvent, position?: AuditPosition) => Promise<void> {
  return (event, position) => {
    const { name, subject, ...rest } = event;
    const line = {
      event: name,
      ...rest,
      ...(subject && subjectFields(subject, referenceKey)),
      // Enough of the hash to find a chain that was rewritten whole, short enough not to look like a secret.
      ...(position && { auditSeq: position.seq, auditHash: position.hash.slice(0, 22) }),
    };
    // A failed mail has its error line where it failed; a refusal is no fault of ours.
    logger.info(line, event.outcome === "accepted" ? name : `${name}: refused`);
    return Promise.resolve();
  };
}

/** The reference that stands for an address in logs: 132 bits of a keyed digest. */
export function addressReference(email: EmailAddress, referenceKey: string | Buffer): string {
  return keyedDigest(referenceKey, `log:${email}`).slice(0, 22);
}

function subjectFields(subject: EventSubject, referenceKey: string | Buffer): object {
  return {
    ...("sub" in subject && { sub: subject.sub }),
    ...(subject.email && { addressReference: addressReference(subject.email, referenceKey) }),
  };
}
