import type { Clock, Encryption, Random } from "../foundation/index.ts";
import type { RecordedTransactionParts } from "../house/index.ts";
import type { EventWriter } from "./event-writer.ts";
import type { ExclusionStore } from "./exclusion-store.ts";
import type { StreamStore } from "./stream-store.ts";
import type { StreamStatus } from "./stream.ts";
import type { WaitingStore } from "./waiting-store.ts";

/** Why something about a stream is refused. */
export type StreamReason =
  | "stream-unknown"
  | "too-many-streams"
  | "endpoint-refused"
  | "member-differs"
  | "status-of-staff"
  | "stream-disabled"
  | "too-early";

/** A status, and who wishes it. */
export interface StatusWish {
  readonly status: StreamStatus;
  readonly reason?: string | undefined;
  /** A member of staff, or the operator; undefined: the receiver. */
  readonly actor?: string | undefined;
}

/** What acts on streams are built of. */
export interface StreamsParts extends RecordedTransactionParts {
  readonly issuer: string;
  readonly production: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly encryption: Encryption;
  readonly streams: StreamStore;
  readonly waiting: WaitingStore;
  readonly exclusions: ExclusionStore;
  readonly writer: EventWriter;
}
