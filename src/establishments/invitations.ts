import {
  type Clock,
  type EmailAddress,
  type Listener,
  type Outcome,
  Announcement,
  accepted,
  refused,
} from "../foundation/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { checkOpening, longestReason } from "./access-commands.ts";
import { type AccessOutbox, establishmentLetter } from "./access-letters.ts";
import { unchanged } from "./access.ts";
import type { Accesses } from "./accesses.ts";
import { oneLine } from "./establishment.ts";
import { EstablishmentStore } from "./establishment-store.ts";
import type {
  Invitation,
  InviteCommand,
  Invited,
  WithdrawCommand,
  WithdrawRefusal,
} from "./invitation.ts";
import { type InvitationFilter, InvitationStore } from "./invitation-store.ts";

/** What inviting needs from outside. */
export interface InvitationSurroundings {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: AccessOutbox;
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
    const { clock, database } = this.#surroundings;
    const outcome = await database.transaction(async (transaction): Promise<Invited> => {
      const now = clock.epochSeconds();
      const store = this.#store.within(transaction);
      if (command.untilAt !== undefined && command.untilAt <= now)
        return refused({ field: "untilAt", reason: "until-passed" });
      if (await store.hasAccount(command.email))
        return refused({ field: "email", reason: "account-known" });
      await new EstablishmentStore(transaction).record(sirets, names, now);
      const invited = await store.insertMissing(sirets, { ...command, reason }, now);
      await this.#write(transaction, command, invited);
      const alreadyInvited = unchanged(sirets, invited);
      return accepted({ invited, alreadyInvited });
    });
    if (outcome.accepted) await this.#invited.tell(outcome.value.invited);
    return outcome;
  }

  /** Takes one back while it waits. Nobody is written to. */
  async withdraw(command: WithdrawCommand): Promise<Outcome<Invitation, WithdrawRefusal>> {
    const reason = oneLine(command.reason);
    if (reason !== undefined && reason.length > longestReason) {
      const details = { maximum: longestReason };
      return refused({ field: "reason", reason: "reason-too-long", details });
    }
    const now = this.#surroundings.clock.epochSeconds();
    const withdrawn = await this.#store.withdraw({ ...command, reason }, now);
    if (!withdrawn) return refused({ reason: "invitation-not-waiting" });
    await this.#withdrawn.tell([withdrawn]);
    return accepted(withdrawn);
  }

  /** One invitation, past or present. */
  find(id: number): Promise<Invitation | undefined> {
    return this.#store.find(id);
  }

  /** Invitations past and present, the oldest first. */
  list(filter: InvitationFilter = {}): Promise<Invitation[]> {
    return this.#store.list(filter);
  }

  /**
   * Opens what waits for an address, in the transaction in which its account is made (or gets it).
   * @returns what is to be called once that is written
   */
  async claim(
    transaction: Transaction,
    account: { readonly id: number; readonly email: EmailAddress },
  ): Promise<() => Promise<void>> {
    const now = this.#surroundings.clock.epochSeconds();
    const taken = await this.#store.within(transaction).take(account.email, now);
    const openings = taken
      .filter(({ state }) => state === "opened")
      .map(({ siret, untilAt, reason, invitedBy: by }) => ({
        account,
        siret,
        untilAt,
        reason,
        by,
      }));
    const opening = await this.#surroundings.accesses.openWithin(transaction, openings);
    if (!opening.accepted) throw new Error(`invitations: ${opening.problems[0].reason}`);
    return opening.value.announce;
  }

  /**
   * The job that opens what was invited in the very moment in which its account was made: neither
   * transaction saw the other. @returns how many accounts
   */
  async openAwaited(): Promise<number> {
    const accounts = await this.#store.accountsAwaited();
    for (const account of accounts) {
      try {
        const announce = await this.#surroundings.database.transaction((transaction) =>
          this.claim(transaction, account),
        );
        await announce();
      } catch (fault) {
        // One account that cannot be written must not keep the others waiting; the next run finds it again.
        this.#surroundings.reportFault(fault);
      }
    }
    return accounts.length;
  }

  /** Forgets an address, with its account. What waits for it will not open. */
  erase(transaction: Transaction, { email }: { readonly email: EmailAddress }): Promise<void> {
    return this.#store.within(transaction).erase(email, this.#surroundings.clock.epochSeconds());
  }

  /** Forgets the addresses of invitations made at `before` or earlier (epoch seconds). @returns how many */
  purge(before: number): Promise<number> {
    return this.#store.eraseOlder(before, this.#surroundings.clock.epochSeconds());
  }

  async #write(
    transaction: Transaction,
    { email, locale = "fr" }: InviteCommand,
    invited: readonly Invitation[],
  ): Promise<void> {
    if (invited.length === 0) return;
    const { outbox, signUpUrl } = this.#surroundings;
    const establishments = await new EstablishmentStore(transaction).findAll(
      invited.map(({ siret }) => siret),
    );
    const untilAt = invited[0]?.untilAt;
    const letter = establishmentLetter(
      "establishments/invited",
      { email, locale },
      establishments.map((each) => ({ ...each, untilAt })),
      { serviceUrl: signUpUrl },
    );
    if (letter) await outbox.enqueue(transaction, letter);
  }
}
