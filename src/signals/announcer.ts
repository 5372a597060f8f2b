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
  const { secret, streams, audiences } = parts;
  /** One cause, one `txn`: what is written in one transaction. */
  const causeOf = oncePerTransaction(() => parts.random.identifier());
  /** An act may have much to tell. */
  const listening = oncePerTransaction((within) => streams.within(within).listening());
  const markOf = (clientId: string, subjectThere: string) =>
    keyedDigest(secret, `signal subject ${clientId} ${subjectThere}`).slice(0, 22);
  const hearersOf: Announcer["hearersOf"] = async (transaction, sub) =>
    merged([
      ...(await livingHearers(parts.artifacts, sub)),
      ...(await audiences.within(transaction).list(sub)),
    ]);
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
      const may = allowedClients(hearers, happening);
      const at = { transaction, txn: causeOf(transaction), markOf };
      const events = [];
      for (const stream of asked.filter(({ clientId }) => may.has(clientId)))
        events.push(...(await eventFor(parts, happening, stream, at)));
      await parts.writer.write(transaction, events);
    },
  };
}

/** Made once in a transaction. */
function oncePerTransaction<Value>(
  make: (transaction: Transaction) => Value,
): (transaction: Transaction) => Value {
  const made = new WeakMap<Transaction, { readonly value: Value }>();
  return (transaction) => {
    const found = made.get(transaction) ?? { value: make(transaction) };
    made.set(transaction, found);
    return found.value;
  };
}

function allowedClients(
  hearers: readonly Hearer[],
  { scope }: Pick<Happening, "scope">,
): ReadonlySet<string> {
  const may = hearers.filter(({ scopes }) => scope === undefined || scopes.has(scope));
  return new Set(may.map(({ clientId }) => clientId));
}

/** @returns the event as one stream hears it; nothing where the client is gone, or does not want to hear of the person */
async function eventFor(
  { issuer, secret, exclusions, findClient, subjectAt }: AnnouncerParts,
  happening: Happening,
  stream: Stream,
  at: {
    readonly transaction: Transaction;
    readonly txn: string;
    readonly markOf: Announcer["markOf"];
  },
) {
  const { name, sub, data, keyAt } = happening;
  const client = findClient(stream.clientId);
  if (!client) return [];
  const there = subjectAt(client, sub);
  const mark = at.markOf(stream.clientId, there);
  if (await exclusions.within(at.transaction).has(stream.id, mark)) return [];
  const known = { format: "iss_sub", iss: issuer, sub: there };
  const subject = happening.subjectAt?.(stream.clientId, known) ?? known;
  const key = keyAt?.(stream.clientId);
  const id = key && keyedDigest(secret, `signal ${name} ${stream.id} ${key}`).slice(0, 22);
  return [{ stream, name, subject, data, about: { mark, sub }, txn: at.txn, id }];
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
