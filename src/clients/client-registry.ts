import {
  type Clock,
  type Outcome,
  type Random,
  accepted,
  digest,
  hours,
  refused,
} from "../foundation/index.ts";
import type { EventName } from "../operations/index.ts";
import type { ClientDirectory } from "./client-directory.ts";
import { type ClientEntry, registeredEntry } from "./client-entry.ts";
import { type ClientProblem, pathText, shownValue } from "./client-problem.ts";
import { newClientSecret } from "./client-secret.ts";
import type { ClientStore, StoredClient } from "./client-store.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { type RecordedChangeParts, recordedChange } from "./recorded-change.ts";
import { type JudgedClient, judgeRegistration, needsSecret } from "./registration.ts";
import type { RemoteProblems } from "./remote-metadata.ts";

/** Why a change to a client is refused. */
export type ClientChangeReason =
  | "client-unknown"
  /** It stands in `CLIENTS_FILE`: there, or in the environment, it is changed. */
  | "client-declared"
  /** It proves who it is by keys, or not at all. */
  | "client-without-secret"
  /** It is disabled, or enabled, already. */
  | "client-unchanged"
  | "end-in-the-past";

/** A client just registered. Its secret is shown now and never again. */
export interface RegisteredClient {
  readonly entry: ClientEntry;
  readonly secret: string | undefined;
}

/** What came of a registration: every client, or every problem and no client. */
export type Registration =
  | { readonly registered: readonly RegisteredClient[]; readonly problems?: undefined }
  | { readonly registered?: undefined; readonly problems: readonly ClientProblem[] };

/** A new secret, shown once, and until when the one before it is valid too. */
export interface RotatedSecret {
  readonly secret: string;
  /** Epoch seconds: the first second at which the older secret is refused. */
  readonly olderEndsAt: number;
}

/** What everything that changes registered clients is made of. */
export interface ClientRegistryParts extends RecordedChangeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: ClientDirectory;
  readonly production: boolean;
  readonly remoteProblems: RemoteProblems;
}

/** How long both secrets are valid when nothing else is said. */
export const secretOverlapSeconds = hours(24);

/** What operators and staff do with clients. Each change reaches this process at once, others within two seconds. */
export class ClientRegistry {
  readonly #parts: ClientRegistryParts;

  constructor(parts: ClientRegistryParts) {
    this.#parts = parts;
  }

  /**
   * Registers one client, or a list of them, all or none.
   * @param file where the text stands, for problems
   * @param text JSON: the metadata of a client without `client_secret`, or an array of such
   * @param by `operator`, or the `sub` of a member of staff
   */
  async register(file: string, text: string, by: string): Promise<Registration> {
    const { directory, random, clock, production } = this.#parts;
    await directory.refresh();
    const judge = () => judgeRegistration(file, text, { production, directory });
    const judged = judge();
    if (judged.problems) return judged;
    const elsewhere = await this.#elsewhere(file, judged.clients);
    if (elsewhere.length > 0) return { problems: elsewhere };
    const now = clock.epochSeconds();
    const made = judged.clients.map(({ metadata, document }) => ({
      clientId: metadata.client_id,
      metadata,
      document,
      secret: needsSecret(metadata) ? newClientSecret(random) : undefined,
    }));
    const [first, ...others] = made.map(({ clientId }) => {
      return { name: "client-registered", clientId, actor: by } as const;
    });
    if (!first) return { registered: [] };
    try {
      await recordedChange(this.#parts, [first, ...others], async (store) => {
        for (const client of made) await insert(store, client, now, by);
        return true;
      });
    } catch (error) {
      // Another node registered the same client_id at the same moment: its row decides, and says so.
      await directory.reload();
      const again = judge();
      if (again.problems) return again;
      throw error;
    }
    return {
      registered: made.map((client) => ({
        entry: directory.entry(client.clientId) ?? writtenEntry(client, now, by),
        secret: client.secret,
      })),
    };
  }

  /**
   * Gives a registered client a new secret. The one it had stays valid beside it until `olderEndsAt`;
   * one that was ending already ends now: no more than two are valid at a time.
   * @param olderEndsAt epoch seconds; now ends it at once; a day from now when nothing is said
   */
  async rotateSecret(
    clientId: string,
    by: string,
    olderEndsAt?: number,
  ): Promise<Outcome<RotatedSecret, ClientChangeReason>> {
    const entry = await this.#registered(clientId);
    if (!entry.accepted) return entry;
    const { clock, random } = this.#parts;
    const now = clock.epochSeconds();
    const end = olderEndsAt ?? now + secretOverlapSeconds;
    if (end < now) return refused({ field: "until", reason: "end-in-the-past" });
    if (entry.value.secrets.length === 0) return refused({ reason: "client-without-secret" });
    const secret = newClientSecret(random);
    const kept = { digest: digest(secret), createdAt: now, olderEndsAt: end };
    const event = { name: "client-secret-rotated", clientId, actor: by } as const;
    const rotated = await recordedChange(this.#parts, [event], async (store) => {
      if (!(await store.isRegistered(clientId))) return false;
      await store.addSecret(clientId, kept);
      return true;
    });
    if (!rotated) return refused({ reason: "client-unknown" });
    return accepted({ secret, olderEndsAt: end });
  }

  /** From now on a client of either kind is refused everything, and what was issued to it is void for ever. */
  async disable(clientId: string, by: string): Promise<Outcome<ClientEntry, ClientChangeReason>> {
    return this.#switch(clientId, by, "client-disabled", (store, now) =>
      store.disable(clientId, now),
    );
  }

  /** A disabled client is served again. */
  async enable(clientId: string, by: string): Promise<Outcome<ClientEntry, ClientChangeReason>> {
    return this.#switch(clientId, by, "client-enabled", (store, now) =>
      store.enable(clientId, now),
    );
  }

  /** Removes a registered client with its secrets; what was issued to it is void. */
  async remove(clientId: string, by: string): Promise<Outcome<undefined, ClientChangeReason>> {
    await this.#parts.directory.refresh();
    // Not asked of the directory: of a client_id that is declared too, only the database knows both.
    const event = { name: "client-removed", clientId, actor: by } as const;
    if (await recordedChange(this.#parts, [event], (store) => store.remove(clientId)))
      return accepted(undefined);
    const declared = this.#parts.directory.entry(clientId)?.source === "declared";
    return refused({ reason: declared ? "client-declared" : "client-unknown" });
  }

  /** What is wrong with what the clients name elsewhere. */
  async #elsewhere(file: string, clients: readonly JudgedClient[]): Promise<ClientProblem[]> {
    const each = clients.map(async ({ metadata }) => {
      const problems = await this.#parts.remoteProblems(metadata);
      return problems.map(({ path, value, rule }) => {
        const found = shownValue(path, value);
        return { file, client: metadata.client_id, field: pathText(path), found, rule };
      });
    });
    return (await Promise.all(each)).flat();
  }

  async #switch(
    clientId: string,
    by: string,
    name: EventName,
    write: (store: ClientStore, now: number) => Promise<boolean>,
  ): Promise<Outcome<ClientEntry, ClientChangeReason>> {
    const { directory, clock } = this.#parts;
    await directory.refresh();
    if (!directory.entry(clientId)) return refused({ reason: "client-unknown" });
    const now = clock.epochSeconds();
    const event = { name, clientId, actor: by };
    if (!(await recordedChange(this.#parts, [event], (store) => write(store, now))))
      return refused({ reason: "client-unchanged" });
    const entry = directory.entry(clientId);
    return entry ? accepted(entry) : refused({ reason: "client-unknown" });
  }

  async #registered(clientId: string): Promise<Outcome<ClientEntry, ClientChangeReason>> {
    await this.#parts.directory.refresh();
    const entry = this.#parts.directory.entry(clientId);
    if (!entry) return refused({ reason: "client-unknown" });
    return entry.source === "declared" ? refused({ reason: "client-declared" }) : accepted(entry);
  }
}

interface MadeClient {
  readonly clientId: string;
  readonly metadata: ClientMetadata;
  readonly document: unknown;
  readonly secret: string | undefined;
}

function rowOf({ clientId, document }: MadeClient, now: number, by: string): StoredClient {
  return { clientId, metadata: JSON.stringify(document), registeredAt: now, registeredBy: by };
}

/** A client as it was just written, where the directory could not read it again. */
function writtenEntry(client: MadeClient, now: number, by: string): ClientEntry {
  const { clientId, metadata, secret } = client;
  const secrets =
    secret === undefined
      ? []
      : [{ clientId, digest: digest(secret), createdAt: now, endsAt: undefined }];
  return registeredEntry(rowOf(client, now, by), { metadata, problems: [] }, secrets, undefined);
}

async function insert(
  store: ClientStore,
  client: MadeClient,
  now: number,
  by: string,
): Promise<void> {
  const { clientId, secret } = client;
  if (!(await store.insert(rowOf(client, now, by))))
    throw new Error(`the client ${clientId} was registered meanwhile`);
  if (secret === undefined) return;
  await store.addSecret(clientId, { digest: digest(secret), createdAt: now, olderEndsAt: now });
}
