import type { ArtifactStore } from "../artifacts/index.ts";
import type { ClientMetadata } from "../clients/index.ts";
import { type Clock, type Random, keyedDigest } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { type AudienceStore, type Hearer } from "./audience-store.ts";
import { type EventType, addressOf } from "./event-types.ts";
import type { EventWriter, SubjectIdentifier } from "./event-writer.ts";
import type { ExclusionStore } from "./exclusion-store.ts";
import { type Stream, deliveredEvents } from "./stream.ts";
import type { StreamStore } from "./stream-store.ts";

/** Something that happened to a person. */
export interface Happening {
  readonly name: EventType;
  readonly sub: string;
  readonly data: object;
  /** The scope that a client must have been granted to hear of it. */
  readonly scope?: "email" | "establishments" | undefined;
  /** Whom it is told about where that is not the client's own subject. @param known that subject */
  readonly subjectAt?: (clientId: string, known: SubjectIdentifier) => SubjectIdentifier;
  /** Names the act at a client, where it may be told again: the same `jti` then. */
  readonly keyAt?: (clientId: string) => string | undefined;
  /** Who may hear; unless told, the clients that the person signed in to and that still have a grant or a session. */
  readonly hearers?: readonly Hearer[];
}

/** Writes what happened for every stream that may hear of it. */
export interface Announcer {
  readonly announce: (transaction: Transaction, happening: Happening) => Promise<void>;
  /** Who may hear of a person now. */
  readonly hearersOf: (transaction: Transaction, sub: string) => Promise<readonly Hearer[]>;
  /** Whether anybody listens at all. */
  readonly isHeard: (transaction: Transaction) => Promise<boolean>;
  /** How a person is named in tables of this room: by nothing that leads back to them. */
  readonly markOf: (clientId: string, subjectThere: string) => string;
}

/** What it is built of. */
export interface AnnouncerParts {
  readonly issuer: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly secret: Buffer;
  readonly streams: StreamStore;
  readonly exclusions: ExclusionStore;
  readonly audiences: AudienceStore;
  readonly writer: Pick<EventWriter, "write">;
  readonly artifacts: Pick<ArtifactStore, "grantsOf" | "sessionsOf">;
  /** A client that is served now. */
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  /** Who a person is to a client. */
  readonly subjectAt: (client: ClientMetadata, sub: string) => string;
}

/** Builds it. */
export function createAnnouncer(parts: AnnouncerParts): Announcer {
  const { issuer, secret, streams, exclusions, audiences } = parts;
  /** One cause, one `txn`: what is written in one transaction. */
  const causes = new WeakMap<Transaction, string>();
  const causeOf = (transaction: Transaction) => {
    const cause = causes.get(transaction) ?? parts.random.identifier();
    causes.set(transaction, cause);
    return cause;
  };
  /** Read once in a transaction: an act may have much to tell. */
  const listeners = new WeakMap<Transaction, Promise<readonly Stream[]>>();
  const listening = (transaction: Transaction) => {
    const found = listeners.get(transaction) ?? streams.within(transaction).listening();
    listeners.set(transaction, found);
    return found;
  };
  const markOf = (clientId: string, subjectThere: string) =>
    keyedDigest(secret, `signal subject ${clientId} ${subjectThere}`).slice(0, 22);
  const hearersOf: Announcer["hearersOf"] = async (transaction, sub) =>
    merged([
      ...(await livingHearers(parts.artifacts, sub)),
      ...(await audiences.within(transaction).list(sub)),
    ]);
  const eventFor = async (transaction: Transaction, happening: Happening, stream: Stream) => {
    const { name, sub, data, keyAt } = happening;
    const client = parts.findClient(stream.clientId);
    if (!client) return [];
    const there = parts.subjectAt(client, sub);
    const mark = markOf(stream.clientId, there);
    if (await exclusions.within(transaction).has(stream.id, mark)) return [];
    const known = { format: "iss_sub", iss: issuer, sub: there };
    const subject = happening.subjectAt?.(stream.clientId, known) ?? known;
    const key = keyAt?.(stream.clientId);
    const id = key && keyedDigest(secret, `signal ${name} ${stream.id} ${key}`).slice(0, 22);
    const about = { mark, sub };
    return [{ stream, name, subject, data, about, txn: causeOf(transaction), id }];
  };
  return {
    markOf,
    hearersOf,
    isHeard: async (transaction) => (await listening(transaction)).length > 0,
    announce: async (transaction, happening) => {
      const address = addressOf(happening.name);
      const asked = (await listening(transaction)).filter((stream) =>
        deliveredEvents(stream).includes(address),
      );
      if (asked.length === 0) return;
      const hearers = happening.hearers ?? (await hearersOf(transaction, happening.sub));
      const may = new Set(
        hearers
          .filter(({ scopes }) => happening.scope === undefined || scopes.has(happening.scope))
          .map(({ clientId }) => clientId),
      );
      const events = [];
      for (const stream of asked.filter(({ clientId }) => may.has(clientId)))
        events.push(...(await eventFor(transaction, happening, stream)));
      await parts.writer.write(transaction, events);
    },
  };
}

/** Whom a person granted something that lives, by a consent or a session. */
async function livingHearers(
  artifacts: AnnouncerParts["artifacts"],
  sub: string,
): Promise<Hearer[]> {
  const [grants, sessions] = await Promise.all([
    artifacts.grantsOf(sub),
    artifacts.sessionsOf(sub),
  ]);
  const granted = (grants as readonly GrantPayload[]).flatMap(({ clientId, openid, rejected }) =>
    clientId === undefined ? [] : [{ clientId, scopes: grantedScopes(openid, rejected?.openid) }],
  );
  const signedIn = (sessions as readonly SessionPayload[]).flatMap(({ authorizations = {} }) =>
    Object.keys(authorizations).map((clientId) => ({ clientId, scopes: new Set<string>() })),
  );
  return [...granted, ...signedIn];
}

/** What the library writes of a grant, as far as it is read here. */
interface GrantPayload {
  readonly clientId?: string;
  readonly openid?: { readonly scope?: string };
  readonly rejected?: { readonly openid?: { readonly scope?: string } };
}

interface SessionPayload {
  readonly authorizations?: Readonly<Record<string, object>>;
}

function grantedScopes(
  given: GrantPayload["openid"],
  rejected: GrantPayload["openid"],
): ReadonlySet<string> {
  const all = new Set(given?.scope?.split(" "));
  for (const scope of rejected?.scope?.split(" ") ?? []) all.delete(scope);
  return all;
}

function merged(all: readonly Hearer[]): Hearer[] {
  const byClient = Map.groupBy(all, ({ clientId }) => clientId);
  return [...byClient].map(([clientId, each]) => ({
    clientId,
    scopes: new Set(each.flatMap(({ scopes }) => [...scopes])),
  }));
}
