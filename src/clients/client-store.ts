import type { Queryable, Transaction } from "../storage/index.ts";
import { ClientInvitationStore, type RegistrationState } from "./client-invitation-store.ts";

/** A client as it was registered. */
export interface StoredClient {
  readonly clientId: string;
  /** JSON, as it was written: it is judged again when it is read. */
  readonly metadata: string;
  /** Epoch seconds. */
  readonly registeredAt: number;
  /** `operator` for the command line, else the `sub` of a member of staff. */
  readonly registeredBy: string;
}

/** A secret of a registered client, of which only the digest is kept. */
export interface StoredSecret {
  readonly clientId: string;
  readonly digest: string;
  readonly createdAt: number;
  /** The first second at which it is refused; undefined: until it is rotated. */
  readonly endsAt: number | undefined;
}

/** That a client was disabled, and enabled again since. */
export interface Suspension {
  readonly clientId: string;
  readonly disabledAt: number;
  readonly enabledAt: number | undefined;
}

/** Everything the register knows of clients, at one version or a little newer. */
export interface StoredClients {
  readonly version: number;
  readonly clients: readonly StoredClient[];
  readonly secrets: readonly StoredSecret[];
  readonly suspensions: readonly Suspension[];
  readonly registration: RegistrationState;
}

/** The tables `clients`, `client_secrets`, `client_suspensions` and `clients_version`. */
export class ClientStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): ClientStore {
    return new ClientStore(transaction);
  }

  /** The number of the last change: the one row that every node asks for each second. */
  async version(): Promise<number> {
    const row = await this.#db<{ version: number }>("clients_version").first("version");
    return row?.version ?? 0;
  }

  /** The same, held until the transaction ends: nobody changes a client meanwhile. On SQLite the transaction itself is the line. */
  async holdVersion(): Promise<number> {
    const held = this.#db<{ version: number }>("clients_version").forShare().first("version");
    return (await held)?.version ?? 0;
  }

  /** Everything. The version is read first: what changes meanwhile is read again at the next look. */
  async load(): Promise<StoredClients> {
    const version = await this.version();
    const clients = await this.#db<ClientRow>("clients").orderBy("client_id");
    const secrets = await this.#db<SecretRow>("client_secrets").orderBy("id");
    const suspensions = await this.#db<SuspensionRow>("client_suspensions");
    const registration = await new ClientInvitationStore(this.#db).state();
    return {
      version,
      registration,
      clients: clients.map((row) => ({
        clientId: row.client_id,
        metadata: row.metadata,
        registeredAt: row.registered_at,
        registeredBy: row.registered_by,
      })),
      secrets: secrets.map((row) => ({
        clientId: row.client_id,
        digest: row.digest,
        createdAt: row.created_at,
        endsAt: row.ends_at ?? undefined,
      })),
      suspensions: suspensions.map((row) => ({
        clientId: row.client_id,
        disabledAt: row.disabled_at,
        enabledAt: row.enabled_at ?? undefined,
      })),
    };
  }

  /**
   * Counts a change. The first statement of every transaction that changes clients: its row lock makes
   * them follow one another, so that each of their statements sees what the one before left.
   */
  async countChange(): Promise<void> {
    await this.#db("clients_version").increment("version", 1);
  }

  /** @returns false when its `client_id` is registered already */
  async insert(client: StoredClient): Promise<boolean> {
    const inserted = (await this.#db("clients")
      .insert({
        client_id: client.clientId,
        metadata: client.metadata,
        registered_at: client.registeredAt,
        registered_by: client.registeredBy,
      })
      .onConflict("client_id")
      .ignore()
      .returning("client_id")) as unknown[];
    return inserted.length === 1;
  }

  /** Whether a client is registered under this `client_id`. */
  async isRegistered(clientId: string): Promise<boolean> {
    return (
      (await this.#db("clients").where("client_id", clientId).first("client_id")) !== undefined
    );
  }

  /** Whether a client is disabled now. */
  async isDisabled(clientId: string): Promise<boolean> {
    const own = this.#db("client_suspensions").where("client_id", clientId);
    return (await own.whereNull("enabled_at").first("client_id")) !== undefined;
  }

  /** Whether a client has a secret, of whatever age. */
  async hasSecret(clientId: string): Promise<boolean> {
    const own = this.#db("client_secrets").where("client_id", clientId);
    return (await own.first("client_id")) !== undefined;
  }

  /** Gives a client a secret; the one it had ends at `olderEndsAt`, and any that was ending ends now. */
  async addSecret(
    clientId: string,
    secret: { readonly digest: string; readonly createdAt: number; readonly olderEndsAt: number },
  ): Promise<void> {
    const own = () => this.#db<SecretRow>("client_secrets").where("client_id", clientId);
    await own().whereNotNull("ends_at").delete();
    await own().whereNull("ends_at").update({ ends_at: secret.olderEndsAt });
    await this.#db("client_secrets").insert({
      client_id: clientId,
      digest: secret.digest,
      created_at: secret.createdAt,
    });
  }

  /** Replaces what is registered of a client. @returns false when there is none */
  async replaceMetadata(clientId: string, metadata: string): Promise<boolean> {
    return (await this.#db("clients").where("client_id", clientId).update({ metadata })) === 1;
  }

  /**
   * Replaces what is registered of a client, unless it is something else by now.
   * @param before what it must be, to the letter
   * @returns false when it is not, or there is none
   */
  async exchangeMetadata(clientId: string, before: string, metadata: string): Promise<boolean> {
    const own = this.#db("clients").where({ client_id: clientId, metadata: before });
    return (await own.update({ metadata })) === 1;
  }

  /** Voids what was issued to a client before an instant: as if it had been disabled, and enabled then. */
  async voidIssued(clientId: string, before: number): Promise<void> {
    const instants = { disabled_at: before, enabled_at: before };
    const again = await this.#db("client_suspensions")
      .where("client_id", clientId)
      .whereNotNull("enabled_at")
      .update(instants);
    if (again === 1) return;
    // Of one that is disabled all is void already when it is enabled again.
    await this.#db("client_suspensions")
      .insert({ client_id: clientId, ...instants })
      .onConflict("client_id")
      .ignore();
  }

  /** Takes a client's secrets away: it proves who it is in another way now. */
  async removeSecrets(clientId: string): Promise<void> {
    await this.#db("client_secrets").where("client_id", clientId).delete();
  }

  /** @returns false when it is disabled already */
  async disable(clientId: string, now: number): Promise<boolean> {
    const again = await this.#db("client_suspensions")
      .where("client_id", clientId)
      .whereNotNull("enabled_at")
      .update({ disabled_at: now, enabled_at: null });
    if (again === 1) return true;
    const first = (await this.#db("client_suspensions")
      .insert({ client_id: clientId, disabled_at: now })
      .onConflict("client_id")
      .ignore()
      .returning("client_id")) as unknown[];
    return first.length === 1;
  }

  /**
   * What was issued in the second in which it was disabled, or until then by a clock that is put back since, stays void.
   * @returns false when it is not disabled
   */
  async enable(clientId: string, now: number): Promise<boolean> {
    const since = "CASE WHEN disabled_at >= ? THEN disabled_at + 1 ELSE ? END";
    const enabled = await this.#db("client_suspensions")
      .where("client_id", clientId)
      .whereNull("enabled_at")
      .update({ enabled_at: this.#db.raw(since, [now, now]) });
    return enabled === 1;
  }

  /** Removes a registered client with its secrets. @returns false when there is none */
  async remove(clientId: string): Promise<boolean> {
    await this.#db("client_suspensions").where("client_id", clientId).delete();
    return (await this.#db("clients").where("client_id", clientId).delete()) === 1;
  }
}

interface ClientRow {
  client_id: string;
  metadata: string;
  registered_at: number;
  registered_by: string;
}

interface SecretRow {
  client_id: string;
  digest: string;
  created_at: number;
  ends_at: number | null;
}

interface SuspensionRow {
  client_id: string;
  disabled_at: number;
  enabled_at: number | null;
}
