import {
  type Outcome,
  accepted,
  days,
  digest,
  matchesDigest,
  refused,
} from "../foundation/index.ts";
import { ClientInvitationStore, type StoredInvitation } from "./client-invitation-store.ts";
import type { MetadataProblem } from "./client-metadata.ts";
import type { ClientRegistryParts } from "./client-registry.ts";
import { newClientSecret } from "./client-secret.ts";
import type { ClientStore } from "./client-store.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { type ClientEvent, recordedChange } from "./recorded-change.ts";
import { needsSecret } from "./registration.ts";
import { type JudgedSelf, isOwnIdentity, judgeSelf } from "./self-registration.ts";

/** Leave to register, just given. Its token is shown now and never again. */
export interface NewInvitation {
  readonly id: string;
  /** The initial access token (RFC 7591 §1.2). */
  readonly token: string;
  readonly expiresAt: number;
  readonly uses: number;
}

/** A client that registered itself, and what it is told once. */
export interface SelfRegistered {
  readonly metadata: ClientMetadata;
  readonly registeredAt: number;
  /** A new secret, when one was made. */
  readonly secret: string | undefined;
  /** Given after a registration alone: later the client presents it itself. */
  readonly registrationToken?: string;
}

/** Why a client is not registered or changed. */
export type SelfRegistrationRefusal =
  | "initial-token-refused"
  | "registration-token-refused"
  | "metadata-refused"
  /** RFC 7592 §2.2: the identifier or secret in the document is not the client's. */
  | "identity-changed";

/** What came of it; with `metadata-refused`, `details.problems` are {@link MetadataProblem}s. */
export type SelfRegistration<Value = SelfRegistered> =
  | Outcome<Value, Exclude<SelfRegistrationRefusal, "metadata-refused">>
  | {
      readonly accepted: false;
      readonly problems: readonly [{ readonly reason: "metadata-refused" }];
      readonly metadata: readonly MetadataProblem[];
    };

/** How long an invitation is good when nothing else is said. */
export const invitationLifeSeconds = days(7);

/**
 * Clients that register themselves (RFC 7591) and manage their registration (RFC 7592), by leave of an operator. Not the
 * library's endpoints: they give back the secret they keep, and here no secret is kept.
 */
export class DynamicRegistration {
  readonly #parts: ClientRegistryParts;
  readonly #invitations: ClientInvitationStore;

  constructor(parts: ClientRegistryParts) {
    this.#parts = parts;
    this.#invitations = new ClientInvitationStore(parts.database.knex);
  }

  /** Gives leave to register `uses` clients until `expiresAt`. */
  async invite(by: string, expiresAt: number, uses: number): Promise<NewInvitation> {
    const { random, clock } = this.#parts;
    const token = random.secret();
    const id = random.identifier();
    const kept = { id, digest: digest(token), usesLeft: uses, expiresAt, createdBy: by };
    const event = { name: "client-invited", actor: by, details: { invitation: id } } as const;
    await this.#change(event, async ({ invitations }) => {
      await invitations.insert({ ...kept, createdAt: clock.epochSeconds() });
      return true;
    });
    return { id, token, expiresAt, uses };
  }

  /** Every invitation that is kept, good or not, the newest first. */
  invitations(): Promise<StoredInvitation[]> {
    return this.#invitations.list();
  }

  /** Takes an invitation back; clients that used it stay. False when it is not good any more. */
  revoke(id: string, by: string): Promise<boolean> {
    const now = this.#parts.clock.epochSeconds();
    const event = {
      name: "client-invitation-revoked",
      actor: by,
      details: { invitation: id },
    } as const;
    return this.#change(event, ({ invitations }) => invitations.revoke(id, now));
  }

  /** Deletes invitations that ended before an instant. @returns how many */
  purge(endedBefore: number): Promise<number> {
    return this.#invitations.purge(endedBefore);
  }

  /** Registers a client; uses the invitation once, and only if the client is registered. */
  async register(initialToken: string, written: unknown): Promise<SelfRegistration> {
    const { clock, random } = this.#parts;
    const now = clock.epochSeconds();
    const invitation = await this.#invitations.findGood(digest(initialToken), now);
    if (!invitation) return refused({ reason: "initial-token-refused" });
    const judged = await this.#judge(written, random.identifier());
    if (judged.problems) return metadataRefused(judged.problems);
    const { metadata, document } = judged;
    const { client_id: clientId } = metadata;
    const registrationToken = random.secret();
    const secret = needsSecret(metadata) ? newClientSecret(random) : undefined;
    const by = `invitation:${invitation.id}`;
    const event = { name: "client-registered", clientId, actor: by } as const;
    const registered = await this.#change(event, async ({ clients, invitations }) => {
      if (!(await invitations.use(invitation.id, now))) return false;
      const row = { clientId, metadata: JSON.stringify(document), registeredBy: by };
      await clients.insert({ ...row, registeredAt: now });
      if (secret !== undefined) await addSecret(clients, clientId, secret, now);
      const token = { clientId, digest: digest(registrationToken), invitationId: invitation.id };
      await invitations.insertToken({ ...token, createdAt: now });
      return true;
    });
    if (!registered) return refused({ reason: "initial-token-refused" });
    return accepted({ metadata, registeredAt: now, secret, registrationToken });
  }

  /** What is registered of a client, for who has its registration access token. */
  async read(clientId: string, registrationToken: string): Promise<SelfRegistration> {
    const { directory } = this.#parts;
    // Another node may have registered it this very second.
    await directory.refresh();
    const entry = directory.entry(clientId);
    if (!entry?.served || !(await this.#manages(clientId, registrationToken))) {
      return refused({ reason: "registration-token-refused" });
    }
    const { served: metadata, registeredAt = 0 } = entry;
    return accepted({ metadata, registeredAt, secret: undefined });
  }

  /** Replaces all that is registered of a client. A secret is made when it needs one and has none. */
  async update(
    clientId: string,
    registrationToken: string,
    written: unknown,
  ): Promise<SelfRegistration> {
    const { directory, clock, random } = this.#parts;
    const known = await this.read(clientId, registrationToken);
    if (!known.accepted) return known;
    if (!isOwnIdentity(written, clientId, directory))
      return refused({ reason: "identity-changed" });
    const judged = await this.#judge(written, clientId);
    if (judged.problems) return metadataRefused(judged.problems);
    const { metadata, document } = judged;
    const now = clock.epochSeconds();
    const needs = needsSecret(metadata);
    let secret: string | undefined;
    const event = ownEvent("client-updated", clientId);
    const changed = await this.#change(event, async ({ clients }) => {
      // Asked again: what it names elsewhere was looked at meanwhile, for as long as that took.
      if (await clients.isDisabled(clientId)) return false;
      if (!(await clients.replaceMetadata(clientId, JSON.stringify(document)))) return false;
      if (!needs) await clients.removeSecrets(clientId);
      else if (!(await clients.hasSecret(clientId))) {
        secret = newClientSecret(random);
        await addSecret(clients, clientId, secret, now);
      }
      return true;
    });
    if (!changed) return refused({ reason: "registration-token-refused" });
    return accepted({ metadata, registeredAt: known.value.registeredAt, secret });
  }

  /** Removes a client with all it holds. */
  async remove(clientId: string, registrationToken: string): Promise<SelfRegistration<undefined>> {
    const known = await this.read(clientId, registrationToken);
    if (!known.accepted) return known;
    const event = ownEvent("client-removed", clientId);
    return (await this.#change(event, ({ clients }) => clients.remove(clientId)))
      ? accepted(undefined)
      : refused({ reason: "registration-token-refused" });
  }

  async #manages(clientId: string, registrationToken: string): Promise<boolean> {
    const kept = await this.#invitations.tokenDigest(clientId);
    return kept !== undefined && matchesDigest(registrationToken, kept);
  }

  /** By what is written first: nothing is called for metadata that are refused anyway. */
  async #judge(written: unknown, clientId: string): Promise<JudgedSelf> {
    const judged = judgeSelf(written, clientId, this.#parts.production);
    if (judged.problems) return judged;
    const problems = await this.#parts.remoteProblems(judged.metadata);
    return problems.length > 0 ? { problems } : judged;
  }

  #change(
    event: ClientEvent,
    write: (stores: {
      readonly clients: ClientStore;
      readonly invitations: ClientInvitationStore;
    }) => Promise<boolean>,
  ): Promise<boolean> {
    return recordedChange(this.#parts, [event], (clients, transaction) =>
      write({ clients, invitations: this.#invitations.within(transaction) }),
    );
  }
}

/** What a client does to itself. */
function ownEvent(name: "client-updated" | "client-removed", clientId: string): ClientEvent {
  return { name, clientId, actor: `client:${clientId}` };
}

const metadataRefused = (metadata: readonly MetadataProblem[]) =>
  ({ accepted: false, problems: [{ reason: "metadata-refused" }], metadata }) as const;

async function addSecret(
  clients: ClientStore,
  clientId: string,
  secret: string,
  now: number,
): Promise<void> {
  const kept = { digest: digest(secret), createdAt: now, olderEndsAt: now };
  await clients.addSecret(clientId, kept);
}
