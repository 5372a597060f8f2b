import { type Queryable, someRows } from "../storage/index.ts";

/** A passkey of an account: its public half, the private one never leaves its device. */
export interface StoredPasskey {
  /** The credential's identifier, base64url. */
  readonly credentialId: string;
  /** The public key (COSE), base64url. */
  readonly publicKey: string;
  /** How often the device says it was used; 0 for ever where it does not count. */
  readonly counter: number;
  /** Whether it is on several devices: a key in software, not bound to one piece of hardware. */
  readonly synchronised: boolean;
  readonly transports: readonly string[];
  /** What its person calls it. */
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
}

/** A passkey with whose it is: for who says nothing but which passkey they hold. */
export interface OwnedPasskey extends StoredPasskey {
  readonly accountSub: string;
  /** False since the password changed, until it is used beside the new one. */
  readonly signsInAlone: boolean;
}

/** The tables `passkeys` and `used_challenges`. */
export class PasskeyStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The same store inside a transaction. */
  within(transaction: Queryable): PasskeyStore {
    return new PasskeyStore(transaction);
  }

  /**
   * @param staffTerm the term of the staff in which it is turned on
   * @returns false when the credential is known already, to this account or another
   */
  async insert(accountSub: string, passkey: StoredPasskey, staffTerm?: string): Promise<boolean> {
    const inserted = await this.#db("passkeys")
      .insert({
        credential_id: passkey.credentialId,
        account_sub: accountSub,
        public_key: passkey.publicKey,
        counter: passkey.counter,
        synchronised: passkey.synchronised,
        transports: passkey.transports.join(" "),
        name: passkey.name,
        created_at: passkey.createdAt,
        staff_term: staffTerm ?? null,
      })
      .onConflict("credential_id")
      .ignore()
      .returning("credential_id");
    return inserted.length === 1;
  }

  /** A person's passkeys, the oldest first. */
  async list(accountSub: string): Promise<StoredPasskey[]> {
    const rows = await this.#db<PasskeyRow>("passkeys")
      .where({ account_sub: accountSub })
      .orderBy(["created_at", "credential_id"]);
    return rows.map(toPasskey);
  }

  async find(accountSub: string, credentialId: string): Promise<StoredPasskey | undefined> {
    const row = await this.#db<PasskeyRow>("passkeys")
      .where({ account_sub: accountSub, credential_id: credentialId })
      .first();
    return row && toPasskey(row);
  }

  /** The passkey of this credential, whosever it is. */
  async findOwned(credentialId: string): Promise<OwnedPasskey | undefined> {
    const row = await this.#db<PasskeyRow>("passkeys")
      .where({ credential_id: credentialId })
      .first();
    return (
      row && {
        ...toPasskey(row),
        accountSub: row.account_sub,
        signsInAlone: Boolean(row.signs_in_alone),
      }
    );
  }

  /** From now on the passkeys of an account sign in beside its password, until each was used so once. */
  async askPassword(accountSub: string): Promise<void> {
    await this.#db("passkeys").where({ account_sub: accountSub }).update({ signs_in_alone: false });
  }

  /**
   * Notes a use. Of two with the same counter one is a copy: the counter must grow, unless the device
   * does not count at all (WebAuthn Level 3 §7.2, step 22).
   * @param use.besidePassword whether the password was given, too: the passkey signs in alone from then on
   */
  async noteUse(
    accountSub: string,
    credentialId: string,
    use: { readonly counter: number; readonly now: number; readonly besidePassword: boolean },
  ): Promise<boolean> {
    const { counter, now, besidePassword } = use;
    const passkey = this.#db("passkeys").where({
      account_sub: accountSub,
      credential_id: credentialId,
    });
    const older =
      counter === 0 ? passkey.where("counter", 0) : passkey.where("counter", "<", counter);
    const alone = besidePassword ? { signs_in_alone: true } : {};
    const noted = await older.update({ counter, last_used_at: now, ...alone });
    return noted === 1;
  }

  /** @returns false when the account has no such passkey */
  async remove(accountSub: string, credentialId: string): Promise<boolean> {
    const removed = await this.#db("passkeys")
      .where({ account_sub: accountSub, credential_id: credentialId })
      .delete();
    return removed === 1;
  }

  async removeAll(accountSub: string): Promise<void> {
    await this.#db("passkeys").where({ account_sub: accountSub }).delete();
  }

  /** Uses a challenge up: true exactly once. */
  async useChallenge(digest: string, expiresAt: number): Promise<boolean> {
    const inserted = await this.#db("used_challenges")
      .insert({ digest, expires_at: expiresAt })
      .onConflict("digest")
      .ignore()
      .returning("digest");
    return inserted.length === 1;
  }

  /** Erases some challenges that are refused for their age alone. @returns how many */
  async purgeChallenges(now: number): Promise<number> {
    return someRows(this.#db, "used_challenges", ["digest"], (expired) => {
      void expired.where("expires_at", "<=", now);
    }).delete();
  }
}

interface PasskeyRow {
  credential_id: string;
  account_sub: string;
  public_key: string;
  counter: number;
  /** SQLite has 0 and 1. */
  synchronised: boolean | number;
  transports: string;
  name: string;
  created_at: number;
  last_used_at: number | null;
  signs_in_alone: boolean | number;
}

function toPasskey(row: PasskeyRow): StoredPasskey {
  return {
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    synchronised: Boolean(row.synchronised),
    transports: row.transports.split(" ").filter((each) => each !== ""),
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
