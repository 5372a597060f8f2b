import { type Clock, digest } from "../foundation/index.ts";
import {
  type GrantRow,
  type SessionRow,
  removalMarkSeconds,
  removedGrant,
  removedSession,
} from "./artifact-rows.ts";
import type { Ending, Removal, RemovedGrant, RemovedSession } from "./artifact-store.ts";
import type { PostgresConnection, Run } from "./postgres-connection.ts";
import type { PostgresStatement } from "./postgres-statements.ts";

/**
 * The removals of {@link PostgresArtifacts}, each one transaction. The grants are marked first: once
 * that statement holds them, no put under them can finish, and the next statement sees all that did.
 */
export class PostgresRemovals {
  readonly #connection: PostgresConnection;
  readonly #clock: Clock;

  constructor(connection: PostgresConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async markSession(id: string): Promise<void> {
    await this.#connection.run("markSession", ...this.#marking(), digest(id));
  }

  async grant(grantId: string): Promise<void> {
    await this.#connection.transaction((run) => this.#removeGrants(run, [digest(grantId)]));
  }

  describe(ending: Ending): Promise<Removal> {
    return this.#connection.transaction(async (run) => {
      if ("sessionUid" in ending) {
        const uid = digest(ending.sessionUid);
        const grants = await this.#describeGrants(run, await idsBy(run, "grantsOfSession", uid));
        return { sessions: await sessionsBy(run, "sessionsByUid", uid), grants };
      }
      if ("clientId" in ending) {
        const ids = await idsBy(run, "grantsOfClient", ending.accountId, ending.clientId);
        return { sessions: [], grants: await this.#describeGrants(run, ids) };
      }
      const { accountId, siret } = ending;
      if (siret !== undefined) {
        const ids = await idsBy(run, "grantsOfEstablishment", accountId, siret);
        return { sessions: [], grants: await this.#describeGrants(run, ids) };
      }
      const ids = await idsBy(run, "grantsOfAccount", accountId);
      const grants = await this.#describeGrants(run, ids);
      return { sessions: await sessionsBy(run, "sessionsOfAccount", accountId), grants };
    });
  }

  account(accountId: string): Promise<Removal> {
    return this.#connection.transaction(async (run) => {
      const grants = await this.#removeGrants(run, await idsBy(run, "grantsOfAccount", accountId));
      const sessions = await sessionsBy(run, "sessionsOfAccount", accountId);
      await run("markSessionsOfAccount", ...this.#marking(), accountId);
      await run("deleteOfAccount", accountId);
      return { sessions, grants };
    });
  }

  establishment(accountId: string, siret: string): Promise<Removal> {
    return this.#grantsBy("grantsOfEstablishment", accountId, siret);
  }

  client(accountId: string, clientId: string): Promise<Removal> {
    return this.#grantsBy("grantsOfClient", accountId, clientId);
  }

  session(sessionUid: string): Promise<Removal> {
    const uid = digest(sessionUid);
    return this.#connection.transaction(async (run) => {
      const grants = await this.#removeGrants(run, await idsBy(run, "grantsOfSession", uid));
      const sessions = await sessionsBy(run, "sessionsByUid", uid);
      await run("markSessionsByUid", ...this.#marking(), uid);
      return { sessions, grants };
    });
  }

  #grantsBy(name: PostgresStatement, ...keys: string[]): Promise<Removal> {
    return this.#connection.transaction(async (run) => {
      const grants = await idsBy(run, name, ...keys);
      return { sessions: [], grants: await this.#removeGrants(run, grants) };
    });
  }

  async #removeGrants(run: Run, ids: readonly string[]): Promise<RemovedGrant[]> {
    const removed = await this.#describeGrants(run, ids);
    await run("markGrants", ...this.#marking(), ids);
    await run("deleteUnderGrants", ids);
    await run("deleteFrozen", ids);
    return removed;
  }

  async #describeGrants(run: Run, ids: readonly string[]): Promise<RemovedGrant[]> {
    return ((await run("describeGrants", ids)).rows as GrantRow[]).map(removedGrant);
  }

  /** When a mark is made and until when it is kept. */
  #marking(): [number, number] {
    const now = this.#clock.epochSeconds();
    return [now, now + removalMarkSeconds];
  }
}

async function sessionsBy(
  run: Run,
  name: PostgresStatement,
  key: string,
): Promise<RemovedSession[]> {
  return ((await run(name, key)).rows as SessionRow[]).map(removedSession);
}

async function idsBy(run: Run, name: PostgresStatement, ...keys: string[]): Promise<string[]> {
  const { rows } = await run(name, ...keys);
  return (rows as { id: string }[]).map((row) => row.id);
}
