import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Clock, digest } from "../foundation/index.ts";
import {
  type GrantRow,
  type SessionRow,
  removalMarkSeconds,
  removedGrant,
  removedSession,
} from "./artifact-rows.ts";
import type { Ending, Removal, RemovedGrant, RemovedSession } from "./artifact-store.ts";
import { inTransaction } from "./sqlite-schema.ts";
import type { SqliteStatements } from "./sqlite-statements.ts";

/** The removals of {@link SqliteArtifacts}, each one transaction. */
export class SqliteRemovals {
  readonly #database: DatabaseSync;
  readonly #statements: SqliteStatements;
  readonly #clock: Clock;

  constructor(database: DatabaseSync, statements: SqliteStatements, clock: Clock) {
    this.#database = database;
    this.#statements = statements;
    this.#clock = clock;
  }

  markSession(id: string): void {
    this.#statements.markSession.run(...this.#marking(), digest(id));
  }

  grant(grantId: string): void {
    inTransaction(this.#database, () => this.#removeGrants([digest(grantId)]));
  }

  describe(ending: Ending): Removal {
    const { sessionsByUid, sessionsOfAccount, grantsOfSession } = this.#statements;
    const { grantsOfAccount, grantsOfEstablishment } = this.#statements;
    if ("sessionUid" in ending) {
      const uid = digest(ending.sessionUid);
      const grants = this.#describeGrants(idsBy(grantsOfSession, uid));
      return { sessions: sessionsBy(sessionsByUid, uid), grants };
    }
    if ("clientId" in ending) {
      const { accountId, clientId } = ending;
      const grants = idsBy(this.#statements.grantsOfClient, accountId, clientId);
      return { sessions: [], grants: this.#describeGrants(grants) };
    }
    const { accountId, siret } = ending;
    if (siret !== undefined) {
      const grants = idsBy(grantsOfEstablishment, accountId, siret);
      return { sessions: [], grants: this.#describeGrants(grants) };
    }
    const grants = this.#describeGrants(idsBy(grantsOfAccount, accountId));
    return { sessions: sessionsBy(sessionsOfAccount, accountId), grants };
  }

  account(accountId: string): Removal {
    return inTransaction(this.#database, () => {
      const sessions = sessionsBy(this.#statements.sessionsOfAccount, accountId);
      const grants = this.#removeGrants(idsBy(this.#statements.grantsOfAccount, accountId));
      this.#statements.markSessionsOfAccount.run(...this.#marking(), accountId);
      this.#statements.deleteOfAccount.run(accountId);
      return { sessions, grants };
    });
  }

  establishment(accountId: string, siret: string): Removal {
    return this.#grantsBy(this.#statements.grantsOfEstablishment, accountId, siret);
  }

  client(accountId: string, clientId: string): Removal {
    return this.#grantsBy(this.#statements.grantsOfClient, accountId, clientId);
  }

  session(sessionUid: string): Removal {
    const uid = digest(sessionUid);
    return inTransaction(this.#database, () => {
      const sessions = sessionsBy(this.#statements.sessionsByUid, uid);
      const grants = this.#removeGrants(idsBy(this.#statements.grantsOfSession, uid));
      this.#statements.markSessionsByUid.run(...this.#marking(), uid);
      return { sessions, grants };
    });
  }

  #grantsBy(statement: StatementSync, ...keys: string[]): Removal {
    return inTransaction(this.#database, () => ({
      sessions: [],
      grants: this.#removeGrants(idsBy(statement, ...keys)),
    }));
  }

  #removeGrants(grants: readonly string[]): RemovedGrant[] {
    const list = JSON.stringify(grants);
    const removed = this.#describeGrants(grants);
    this.#statements.markGrants.run(...this.#marking(), list);
    this.#statements.deleteUnderGrants.run(list);
    this.#statements.deleteFrozen.run(list);
    return removed;
  }

  #describeGrants(grants: readonly string[]): RemovedGrant[] {
    const rows = this.#statements.describeGrants.all(JSON.stringify(grants));
    return (rows as unknown as GrantRow[]).map(removedGrant);
  }

  /** When a mark is made and until when it is kept. */
  #marking(): [number, number] {
    const now = this.#clock.epochSeconds();
    return [now, now + removalMarkSeconds];
  }
}

function sessionsBy(statement: StatementSync, key: string): RemovedSession[] {
  return (statement.all(key) as unknown as SessionRow[]).map(removedSession);
}

function idsBy(statement: StatementSync, ...keys: string[]): string[] {
  return statement.all(...keys).map((row) => String(row["id"]));
}
