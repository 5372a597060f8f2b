import type { Account, StaffRole } from "../accounts/index.ts";
import type { EmailAddress, Locale } from "../foundation/index.ts";
import {
  type Queryable,
  type Share,
  type Transaction,
  countOf,
  shareOf,
  someRows,
} from "../storage/index.ts";
import type { Invitation, Invite, WithdrawCommand } from "./invitation.ts";
import type { Siret } from "./siret.ts";
import { inSlices } from "./slices.ts";

/** Whose invitations, or those that wait; a page of at most `limit` after the id `after`. */
export interface InvitationFilter {
  readonly email?: EmailAddress | undefined;
  readonly waiting?: boolean | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** The account that an invited address has become. */
export type Claimant = Pick<Account, "id" | "sub" | "email" | "role">;

/** Whose an address is, and since when, epoch seconds. */
export interface Addressee {
  readonly sub: string;
  readonly email: EmailAddress;
  readonly emailVerifiedAt: number;
}

/** The `invitations` table: rows are inserted, ended once, and lose their address when it is erased. */
export class InvitationStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Transaction): InvitationStore {
    return new InvitationStore(transaction);
  }

  /** Those of these addresses that have an account, active or not. */
  async withAccount(emails: readonly EmailAddress[]): Promise<Set<EmailAddress>> {
    const found = new Set<EmailAddress>();
    for (const slice of inSlices([...new Set(emails)])) {
      const known = await this.#db("accounts").whereIn("email", slice).pluck("email");
      for (const email of known as EmailAddress[]) found.add(email);
    }
    return found;
  }

  /** What waits for these addresses. */
  async waiting(emails: readonly EmailAddress[], now: number): Promise<Invitation[]> {
    const found: Invitation[] = [];
    for (const slice of inSlices([...new Set(emails)])) {
      const rows = await this.#db<InvitationRow>("invitations")
        .whereIn("email", slice)
        .whereRaw(...waitingAt(now));
      found.push(...rows.map((row) => toInvitation(row, now)));
    }
    return found;
  }

  /**
   * Ends what waits for these addresses past its date. What waits is held from then on, before any establishment is: a
   * validation does so in that order, too.
   */
  async lapse(emails: readonly EmailAddress[], now: number): Promise<void> {
    for (const slice of inSlices([...new Set(emails)].sort())) {
      const all = this.#db("invitations").whereIn("email", slice).where({ ended_at: null });
      await all.clone().orderBy(["email", "id"]).forUpdate().select("id");
      const lapsed = { ended_at: this.#db.ref("until_at"), ended_as: "lapsed" };
      await all.where("until_at", "<=", now).update(lapsed);
    }
  }

  /** Keeps what does not wait yet: the unique index decides. @returns the new ones, by SIRET */
  async insertMissing(
    invites: readonly Invite[],
    { at, by }: { readonly at: number; readonly by: string },
  ): Promise<Invitation[]> {
    const invited: Invitation[] = [];
    for (const slice of inSlices(invites)) {
      const rows = (await this.#db("invitations")
        .insert(
          slice.map(({ email, siret, locale, reason, untilAt }) => ({
            ...{ email, siret, locale: locale ?? "fr" },
            ...{ invited_at: at, invited_by: by, invite_reason: reason ?? null },
            until_at: untilAt ?? null,
          })),
        )
        .onConflict(this.#db.raw("(email, siret) WHERE ended_at IS NULL") as never)
        .ignore()
        .returning("*")) as InvitationRow[];
      invited.push(...rows.map((row) => toInvitation(row, at)));
    }
    return invited.sort(bySiret);
  }

  /**
   * Ends everything that waits for an address, for its account: what is past its date lapses, and what who invited may not
   * open to that account: their own, or a colleague's without being an admin.
   */
  async take({ sub, email, role }: Claimant, now: number): Promise<Invitation[]> {
    const notTheirs = `EXISTS (SELECT 1 FROM accounts AS inviter
      WHERE inviter.sub = invitations.invited_by AND coalesce(inviter.role, '') <> 'admin')`;
    const lapses = `until_at <= ? OR invited_by = ?${role === undefined ? "" : ` OR ${notTheirs}`}`;
    const rows = (await this.#db("invitations")
      .where({ email, ended_at: null })
      .update({
        ended_at: now,
        claimed_by: sub,
        ended_as: this.#db.raw(`CASE WHEN ${lapses} THEN 'lapsed' ELSE 'opened' END`, [now, sub]),
      })
      .returning("*")) as InvitationRow[];
    return rows.map((row) => toInvitation(row, now)).sort(bySiret);
  }

  /** @returns undefined when there is none of this id that waits */
  async withdraw(
    { id, by, reason }: WithdrawCommand,
    now: number,
  ): Promise<Invitation | undefined> {
    const [row] = (await this.#db("invitations")
      .where({ id })
      .whereRaw(...waitingAt(now))
      .update({ ended_at: now, ended_as: "withdrawn", ended_by: by, end_reason: reason ?? null })
      .returning("*")) as InvitationRow[];
    return row && toInvitation(row, now);
  }

  async find(id: number, now: number): Promise<Invitation | undefined> {
    const row = await this.#db<InvitationRow>("invitations").where({ id }).first();
    return row && toInvitation(row, now);
  }

  /** How many wait. */
  countWaiting(now: number): Promise<number> {
    return countOf(this.#db("invitations").whereRaw(...waitingAt(now)));
  }

  /** The oldest first. */
  async list(
    { email, waiting, after = 0, limit = 1000 }: InvitationFilter,
    now: number,
  ): Promise<Invitation[]> {
    const query = this.#db<InvitationRow>("invitations").where("id", ">", after);
    if (email !== undefined) void query.where({ email });
    if (waiting) void query.whereRaw(...waitingAt(now));
    return (await query.orderBy("id").limit(limit)).map((row) => toInvitation(row, now));
  }

  /** Active accounts whose address has invitations that wait: one was made while the other was. */
  async accountsAwaited(): Promise<Claimant[]> {
    const columns = ["id", "sub", "email", "role"].map((name) => `accounts.${name}`);
    // In this order: SQLite, which counts no rows, would look for an invitation of every account there is.
    const rows = await this.#db("invitations")
      .joinRaw("CROSS JOIN accounts")
      .whereRaw("accounts.email = invitations.email")
      .whereNull("invitations.ended_at")
      .where("accounts.state", "active")
      .distinct<(Omit<Claimant, "role"> & { role: StaffRole | null })[]>(columns);
    return rows.map((row) => ({ ...row, role: row.role ?? undefined }));
  }

  /**
   * Forgets whom an address is of, and ends what waits for it. What ended before the address was this person's was
   * another's; what this person claimed is theirs, whatever address they had then.
   */
  async erase({ sub, email, emailVerifiedAt }: Addressee, now: number): Promise<void> {
    const forgotten = this.#forgotten(now);
    await this.#db("invitations")
      .where({ email })
      .whereRaw("(ended_at IS NULL OR ended_at >= ?)", [emailVerifiedAt])
      .update(forgotten);
    await this.#db("invitations").where({ claimed_by: sub }).update(forgotten);
  }

  /** The same for some of what was made at `before` or earlier. @returns how many */
  async eraseOlder(before: number, now: number): Promise<number> {
    return someRows(this.#db, "invitations", ["id"], (older) => {
      void older.whereNotNull("email").where("invited_at", "<=", before);
    }).update(this.#forgotten(now));
  }

  /** How many know their address, and how many of them were made at `before` or earlier. */
  share(before: number): Promise<Share> {
    const all = this.#db("invitations").whereNotNull("email");
    const going = all.clone().where("invited_at", "<=", before);
    return shareOf(going, all);
  }

  #forgotten(now: number) {
    return {
      email: null,
      claimed_by: null,
      ended_at: this.#db.raw("coalesce(ended_at, ?)", [now]),
      ended_as: this.#db.raw("coalesce(ended_as, 'lapsed')"),
    };
  }
}

interface InvitationRow {
  id: number;
  email: EmailAddress | null;
  siret: Siret;
  locale: Locale;
  invited_at: number;
  invited_by: string;
  invite_reason: string | null;
  until_at: number | null;
  ended_at: number | null;
  ended_as: "opened" | "withdrawn" | "lapsed" | null;
  ended_by: string | null;
  end_reason: string | null;
}

/** Past its date it waits no more, whether or not that is written yet. */
function waitingAt(now: number): [sql: string, bindings: number[]] {
  return ["ended_at IS NULL AND (until_at IS NULL OR until_at > ?)", [now]];
}

function toInvitation(row: InvitationRow, now: number): Invitation {
  const isPast = row.until_at !== null && row.until_at <= now;
  return {
    id: row.id,
    ...(row.email !== null && { email: row.email }),
    siret: row.siret,
    locale: row.locale,
    state: row.ended_as ?? (isPast ? "lapsed" : "waiting"),
    invitedAt: row.invited_at,
    invitedBy: row.invited_by,
    ...(row.invite_reason !== null && { reason: row.invite_reason }),
    ...(row.until_at !== null && { untilAt: row.until_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.ended_by !== null && { endedBy: row.ended_by }),
    ...(row.end_reason !== null && { endReason: row.end_reason }),
  };
}

function bySiret(left: Invitation, right: Invitation): number {
  return left.siret < right.siret ? -1 : 1;
}
