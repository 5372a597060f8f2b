import { type Queryable, type Transaction, someRows } from "../storage/index.ts";

/** Leave to register clients, of whose token only the digest is kept. */
export interface StoredInvitation {
  readonly id: string;
  readonly digest: string;
  readonly usesLeft: number;
  readonly createdAt: number;
  /** `operator` for the command line, else the `sub` of a member of staff. */
  readonly createdBy: string;
  /** The first second at which it is refused. */
  readonly expiresAt: number;
}

/** Whether clients may register themselves. */
export interface RegistrationState {
  /** There is an invitation, be it used up or over, or a client that came by one: it manages itself for as long as it is there. */
  readonly offered: boolean;
  /** The first second at which no invitation is good; undefined when none is. */
  readonly openUntil: number | undefined;
}

/** The tables `client_invitations` and `client_registration_tokens`. Instants are epoch seconds. */
export class ClientInvitationStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): ClientInvitationStore {
    return new ClientInvitationStore(transaction);
  }

  /** Keeps a new one. */
  async insert(invitation: StoredInvitation): Promise<void> {
    await this.#db("client_invitations").insert({
      id: invitation.id,
      digest: invitation.digest,
      uses_left: invitation.usesLeft,
      created_at: invitation.createdAt,
      created_by: invitation.createdBy,
      expires_at: invitation.expiresAt,
    });
  }

  /** Every one that is kept, the newest first. */
  async list(): Promise<StoredInvitation[]> {
    const rows = await this.#db<InvitationRow>("client_invitations")
      .orderBy("created_at", "desc")
      .orderBy("id");
    return rows.map(toInvitation);
  }

  /** The one whose token has this digest, while it is good. */
  async findGood(digest: string, now: number): Promise<StoredInvitation | undefined> {
    const row = await this.#good(now).where({ digest }).first<InvitationRow | undefined>();
    return row && toInvitation(row);
  }

  /** Uses it once. @returns false when it was used up, revoked or over meanwhile */
  async use(id: string, now: number): Promise<boolean> {
    return (await this.#good(now).where({ id }).decrement("uses_left", 1)) === 1;
  }

  /** Takes it back. @returns false when there is none, or it is not good any more */
  async revoke(id: string, now: number): Promise<boolean> {
    return (await this.#good(now).where({ id }).update({ uses_left: 0 })) === 1;
  }

  /** Whether any is kept or was used, and until when any is good. */
  async state(): Promise<RegistrationState> {
    const row = await this.#db("client_invitations")
      .select(this.#db.raw("count(*) AS kept"))
      .select(this.#db.raw("max(CASE WHEN uses_left > 0 THEN expires_at END) AS open_until"))
      .first<{ kept: number | string; open_until: number | string | null }>();
    const { kept, open_until: openUntil } = row;
    const managed = await this.#db("client_registration_tokens").first<object | undefined>(
      "client_id",
    );
    return {
      offered: Number(kept) > 0 || managed !== undefined,
      openUntil: openUntil === null ? undefined : Number(openUntil),
    };
  }

  /** Deletes some that ended before an instant. @returns how many */
  async purge(endedBefore: number): Promise<number> {
    return someRows(this.#db, "client_invitations", ["id"], (ended) => {
      void ended.where("expires_at", "<", endedBefore);
    }).delete();
  }

  /** Keeps the digest of the token by which a client that registered itself is managed. */
  async insertToken(token: {
    readonly clientId: string;
    readonly digest: string;
    readonly invitationId: string;
    readonly createdAt: number;
  }): Promise<void> {
    await this.#db("client_registration_tokens").insert({
      client_id: token.clientId,
      digest: token.digest,
      invitation_id: token.invitationId,
      created_at: token.createdAt,
    });
  }

  /** The digest of a client's registration access token; undefined when it has none. */
  async tokenDigest(clientId: string): Promise<string | undefined> {
    const row = await this.#db<{ client_id: string; digest: string }>("client_registration_tokens")
      .where("client_id", clientId)
      .first("digest");
    return row?.digest;
  }

  #good(now: number) {
    return this.#db("client_invitations").where("uses_left", ">", 0).where("expires_at", ">", now);
  }
}

interface InvitationRow {
  id: string;
  digest: string;
  uses_left: number;
  created_at: number;
  created_by: string;
  expires_at: number;
}

function toInvitation(row: InvitationRow): StoredInvitation {
  return {
    id: row.id,
    digest: row.digest,
    usesLeft: row.uses_left,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
  };
}
