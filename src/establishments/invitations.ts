import { actReason } from "../accounts/index.ts";
import {
  type Clock,
  type EmailAddress,
  type Listener,
  type Outcome,
  Announcement,
  accepted,
  refused,
  readText,
} from "../foundation/index.ts";
import type { RecordSoon } from "../house/index.ts";
import type { Database, Transaction, Share } from "../storage/index.ts";
import { checkOpening, checkOpenings } from "./access-commands.ts";
import type { InvitationOutbox } from "./access-letters.ts";
import { unchanged } from "./access.ts";
import { mayAct } from "./act-authority.ts";
import type { Accesses } from "./accesses.ts";
import { eachByItself } from "./each-by-itself.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import { HolderStore } from "./holder-store.ts";
import type {
  Invitation,
  Invite,
  InviteCommand,
  InviteRefusal,
  Invited,
  InvitedWithin,
  SendAgainRefusal,
  WithdrawCommand,
  WithdrawRefusal,
} from "./invitation.ts";
import { inviteProblems } from "./invite-problems.ts";
import { writeInvitations } from "./invitation-letters.ts";
import { invitationEvents } from "./recorded-acts.ts";
import {
  type Addressee,
  type Claimant,
  type InvitationFilter,
  InvitationStore,
} from "./invitation-store.ts";

/** What inviting needs from outside. */
export interface InvitationSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: InvitationOutbox;
  readonly recordSoon: RecordSoon;
  readonly accesses: Accesses;
  /** Where an invited person makes an account. */
  readonly signUpUrl: string;
  readonly reportFault: (fault: unknown) => void;
}

/** Accesses for an address that has no account yet: they wait, and open when it is validated. */
export class Invitations {
  readonly #surroundings: InvitationSurroundings;
  readonly #store: InvitationStore;
  readonly #invited: Announcement<Invitation>;
  readonly #withdrawn: Announcement<Invitation>;

  constructor(surroundings: InvitationSurroundings) {
    this.#surroundings = surroundings;
    this.#store = new InvitationStore(surroundings.database.knex);
    this.#invited = new Announcement(surroundings.reportFault);
    this.#withdrawn = new Announcement(surroundings.reportFault);
  }

  /** Subscribes to invitations: all of one command at once, after they are written. */
  onInvited(listener: Listener<Invitation>): void {
    this.#invited.subscribe(listener);
  }

  /** Subscribes to invitations taken back, after it is written. */
  onWithdrawn(listener: Listener<Invitation>): void {
    this.#withdrawn.subscribe(listener);
  }

  /** Invites an address, all or nothing, with one mail for all that did not wait yet. */
  async invite(command: InviteCommand): Promise<Invited> {
    const checked = checkOpening(command);
    if (!checked.accepted) return checked;
    const { sirets, names, reason } = checked.value;
    const { email, untilAt, locale, by } = command;
    const invites = sirets.map((siret) => {
      return { email, siret, name: names.get(siret), untilAt, reason, locale };
    });
    const outcome = await this.#surroundings.database.transaction((transaction) =>
      this.inviteWithin(transaction, { invites, by }),
    );
    if (!outcome.accepted) {
      // What is wrong with one of these is wrong with all.
      const [{ field, reason: why }] = outcome.problems;
      return refused({ ...(field !== undefined && { field }), reason: why });
    }
    await outcome.value.announce();
    const { invited, letters } = outcome.value;
    return accepted({ invited, alreadyInvited: unchanged(sirets, invited), isMailed: letters > 0 });
  }

  /**
   * Invites addresses in the transaction of a greater change, all or nothing, with one mail each. The
   * `details.opening` of a problem is the place of its invite in the command.
   */
  async inviteWithin(
    transaction: Transaction,
    { invites, by }: { readonly invites: readonly Invite[]; readonly by: string },
  ): Promise<Outcome<InvitedWithin, InviteRefusal>> {
    const checked = checkOpenings({ openings: invites.map((each) => ({ ...each, account })) });
    if (!checked.accepted) return checked;
    const why = (await mayAct(new HolderStore(transaction), by))();
    if (why) return refused({ reason: why });
    const now = this.#now();
    const store = this.#store.within(transaction);
    const emails = invites.map(({ email }) => email);
    await store.lapse(emails, now);
    const [first, ...others] = inviteProblems(invites, await store.withAccount(emails), now);
    if (first) return refused(first, ...others);
    const { openings, names } = checked.value;
    // In one order everywhere: two commands that share establishments never wait for each other in a ring.
    const sirets = [...new Set(invites.map(({ siret }) => siret))].sort();
    await new EstablishmentStore(transaction).record(sirets, names, now);
    const clean = openings
      .map(({ place, reason }) => ({ ...(invites[place] as Invite), reason }))
      .sort((one, other) => (one.email < other.email ? -1 : 1));
    const invited = await store.insertMissing(clean, { at: now, by });
    const letters = await writeInvitations(this.#surroundings, transaction, invited);
    const { recordSoon } = this.#surroundings;
    const placed = await recordSoon(transaction, invitationEvents("access-invited", invited));
    const announce = async () => {
      await placed();
      await this.#invited.tell(invited);
    };
    return accepted({ invited, letters, announce });
  }

  /** What waits for these addresses now. */
  waiting(emails: readonly EmailAddress[]): Promise<Invitation[]> {
    return this.#store.waiting(emails, this.#now());
  }

  /** Takes one back while it waits. Nobody is written to. */
  async withdraw(command: WithdrawCommand): Promise<Outcome<Invitation, WithdrawRefusal>> {
    const read = readText(actReason, command.reason);
    if (!read.accepted) return read;
    const reason = read.value;
    const { database, recordSoon } = this.#surroundings;
    let placed = () => Promise.resolve();
    const outcome = await database.transaction<Outcome<Invitation, WithdrawRefusal>>(
      async (transaction) => {
        const why = (await mayAct(new HolderStore(transaction), command.by))();
        if (why) return refused({ reason: why });
        const store = this.#store.within(transaction);
        const withdrawn = await store.withdraw({ ...command, reason }, this.#now());
        if (!withdrawn) return refused({ reason: "invitation-not-waiting" });
        const events = invitationEvents("invitation-withdrawn", [withdrawn]);
        placed = await recordSoon(transaction, events);
        return accepted(withdrawn);
      },
    );
    await placed();
    if (outcome.accepted) await this.#withdrawn.tell([outcome.value]);
    return outcome;
  }

  /** Makes the letter of an invitation anew, with all that waits for its address, while it waits. */
  async sendAgain(id: number, by: string): Promise<Outcome<Invitation, SendAgainRefusal>> {
    return this.#surroundings.database.transaction(async (transaction) => {
      const why = (await mayAct(new HolderStore(transaction), by))();
      if (why) return refused({ reason: why });
      const store = this.#store.within(transaction);
      const now = this.#now();
      const asked = await store.find(id, now);
      if (asked?.state !== "waiting" || asked.email === undefined)
        return refused({ reason: "invitation-not-waiting" });
      const waiting = await store.waiting([asked.email], now);
      const written = await writeInvitations(this.#surroundings, transaction, waiting);
      return written > 0 ? accepted(asked) : refused({ reason: "letter-limit" });
    });
  }

  /** One invitation, past or present. */
  find(id: number): Promise<Invitation | undefined> {
    return this.#store.find(id, this.#now());
  }

  /** How many wait for their address to be validated. */
  readonly waitingCount = (): Promise<number> => this.#store.countWaiting(this.#now());

  /** Invitations past and present, the oldest first. */
  list(filter: InvitationFilter = {}): Promise<Invitation[]> {
    return this.#store.list(filter, this.#now());
  }

  /**
   * Opens what waits for an address, in the transaction in which its account is made (or gets it). Not what its own person
   * invited, who has taken the address since, nor what an agent invited and a colleague has come to have: that lapses.
   * @returns what is to be called once that is written
   */
  async claim(transaction: Transaction, account: Claimant): Promise<() => Promise<void>> {
    const now = this.#now();
    const taken = await this.#store.within(transaction).take(account, now);
    const openings = taken
      .filter(({ state }) => state === "opened")
      .map(({ invitedBy: by, ...each }) => ({ ...each, account, by }));
    const { accesses } = this.#surroundings;
    const opening = await accesses.openWithin(transaction, openings, { at: now });
    if (!opening.accepted) throw new Error(`invitations: ${opening.problems[0].reason}`);
    return opening.value.announce;
  }

  /** The job that opens what was invited in the very moment in which its account was made. @returns how many accounts */
  async openAwaited(stopping?: AbortSignal): Promise<number> {
    const accounts = await this.#store.accountsAwaited();
    const open = async ({ id, email }: Claimant) => {
      const announce = await this.#surroundings.database.transaction(async (within) => {
        const [held] = await new HolderStore(within).hold([id]);
        // It may have given its address up since, or have ended: what waits there is another's.
        if (held?.state !== "active" || held.email !== email) return undefined;
        return this.claim(within, { id, email, sub: held.sub, role: held.role });
      });
      await announce?.();
      return announce ? 1 : 0;
    };
    return eachByItself(accounts, this.#surroundings, open, stopping);
  }

  /** Forgets an address, with its account. What waits for it will not open. */
  erase(transaction: Transaction, addressee: Addressee): Promise<void> {
    return this.#store.within(transaction).erase(addressee, this.#now());
  }

  /** Forgets the addresses of invitations made at `before` or earlier (epoch seconds). @returns how many */
  purge(before: number): Promise<number> {
    return this.#store.eraseOlder(before, this.#now());
  }

  /** Of those that know their address, those whose address {@link Invitations.purge} would forget. */
  purgeShare(before: number): Promise<Share> {
    return this.#store.share(before);
  }

  #now(): number {
    return this.#surroundings.clock.epochSeconds();
  }
}

/** Who invites has no account to check yet. */
const account = { id: 0 };
