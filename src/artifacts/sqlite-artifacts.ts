import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Clock, digest } from "../foundation/index.ts";
import type { Checkpoints, FastLane, GroupedWrites } from "../fast-lane/index.ts";
import { type BusyPatience, busyPatience } from "../storage/index.ts";
import {
  type ArtifactRow,
  type ArtifactRowBeside,
  type FrozenRow,
  type SessionRow,
  artifactValues,
  frozenEstablishment,
  frozenValues,
  grantPayloads,
  sessionPayloads,
  storedArtifact,
  storedBeside,
  sweepDelaySeconds,
} from "./artifact-rows.ts";
import type {
  ArtifactModel,
  ArtifactPayload,
  ArtifactStore,
  Ending,
  FrozenEstablishment,
  NewArtifact,
  NewFrozenEstablishment,
  Removal,
  StoredArtifact,
} from "./artifact-store.ts";
import { type CountedModel, countedBeside } from "./census.ts";
import { SqliteRemovals } from "./sqlite-removals.ts";
import { openArtifactsFile } from "./sqlite-schema.ts";
import {
  type SqliteStatements,
  changes,
  prepareStatements,
  promised,
  underGrants,
} from "./sqlite-statements.ts";

/**
 * The artifacts in an SQLite file of their own, by prepared statements of `node:sqlite`: 0.01 to
 * 0.05 ms each, so it is synchronous inside and never waits for the thread pool that password
 * hashing fills. Its own file and never the register's: a synchronous writer waiting for an
 * asynchronous transaction of the same process would block the loop that ends it.
 */
export class SqliteArtifacts implements ArtifactStore {
  readonly #database: DatabaseSync;
  readonly #statements: SqliteStatements;
  readonly #removals: SqliteRemovals;
  readonly #checkpoints: Checkpoints;
  readonly #writes: GroupedWrites;
  readonly #patience: BusyPatience;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #readsBeside: boolean;

  constructor(path: string, clock: Clock, busyMilliseconds: number, lane: FastLane) {
    this.#path = path;
    this.#readsBeside = lane.readsBeside;
    this.#database = openArtifactsFile(path, busyMilliseconds);
    const database = this.#database;
    this.#patience = busyPatience(busyMilliseconds, (wait) =>
      database.exec(`PRAGMA busy_timeout = ${wait}`),
    );
    this.#statements = prepareStatements(this.#database);
    this.#removals = new SqliteRemovals(this.#database, this.#statements, clock);
    this.#checkpoints = lane.checkpoints(path);
    const committed = this.#checkpoints.wrote;
    this.#writes = lane.group({ database, committed, patience: this.#patience });
    this.#clock = clock;
  }

  put(
    model: ArtifactModel,
    id: string,
    artifact: NewArtifact,
    expiresInSeconds: number | undefined,
  ): Promise<boolean> {
    return this.#writes.run(() => {
      const now = this.#clock.epochSeconds();
      const expiresAt = expiresInSeconds === undefined ? undefined : now + expiresInSeconds;
      const { put, putUnderGrant } = this.#statements;
      const statement = artifact.grantId === undefined ? put : putUnderGrant;
      return changes(statement, artifactValues(model, id, artifact, expiresAt)) === 1;
    });
  }

  find(model: ArtifactModel, id: string): Promise<StoredArtifact | undefined> {
    if (!this.#readsBeside || !underGrants.has(model)) {
      return this.#found(this.#statements.find, model, id);
    }
    return promised(() => {
      const row = this.#statements.findBeside.get(model, digest(id));
      return storedBeside(row as ArtifactRowBeside | undefined, this.#clock.epochSeconds());
    });
  }

  findByUid(model: ArtifactModel, uid: string): Promise<StoredArtifact | undefined> {
    return this.#found(this.#statements.findByUid, model, uid);
  }

  sessionsOf(accountId: string): Promise<readonly ArtifactPayload[]> {
    return promised(() => {
      const now = this.#clock.epochSeconds();
      const rows = this.#statements.livingSessionsOfAccount.all(accountId, now);
      return sessionPayloads(rows as unknown as SessionRow[]);
    });
  }

  grantsOf(accountId: string): Promise<readonly ArtifactPayload[]> {
    return promised(() => {
      const now = this.#clock.epochSeconds();
      const rows = this.#statements.livingGrantsOfAccount.all(accountId, now);
      return grantPayloads(rows as unknown as { payload: string }[]);
    });
  }

  peopleOf(clientId?: string): Promise<number> {
    return promised(() => {
      const now = this.#clock.epochSeconds();
      const row = this.#statements.peopleOfClient.get(now, clientId ?? null);
      return Number(row?.["people"] ?? 0);
    });
  }

  consume(model: ArtifactModel, id: string): Promise<boolean> {
    return this.#writes.run(() => {
      const now = this.#clock.epochSeconds();
      return changes(this.#statements.consume, [now, model, digest(id)]) === 1;
    });
  }

  consumeByUid(model: ArtifactModel, uid: string): Promise<boolean> {
    return this.#writes.run(() => {
      const now = this.#clock.epochSeconds();
      return changes(this.#statements.consumeByUid, [now, model, digest(uid)]) > 0;
    });
  }

  insertOnce(model: ArtifactModel, id: string, expiresInSeconds: number): Promise<boolean> {
    return this.#writes.run(() => {
      const now = this.#clock.epochSeconds();
      const values = [model, digest(id), now + expiresInSeconds, now];
      return changes(this.#statements.insertOnce, values) === 1;
    });
  }

  remove(model: ArtifactModel, id: string): Promise<void> {
    if (model === "Grant") return this.removeGrant(id);
    return this.#written(() => {
      if (model === "Session") this.#removals.markSession(id);
      else this.#statements.delete.run(model, digest(id));
    });
  }

  removeGrant(grantId: string): Promise<void> {
    return this.#written(() => this.#removals.grant(grantId));
  }

  removeModelByGrant(model: ArtifactModel, grantId: string): Promise<void> {
    return this.#written(() => {
      this.#statements.deleteByGrant.run(model, digest(grantId));
    });
  }

  freezeEstablishment(
    grantId: string,
    establishment: NewFrozenEstablishment,
    expiresInSeconds: number,
  ): Promise<void> {
    return this.#writes.run(() => {
      const expiresAt = this.#clock.epochSeconds() + expiresInSeconds;
      this.#statements.freeze.run(...frozenValues(grantId, establishment, expiresAt));
    });
  }

  frozenEstablishment(grantId: string): Promise<FrozenEstablishment | undefined> {
    return promised(() => {
      const row = this.#statements.frozen.get(digest(grantId));
      return frozenEstablishment(row as FrozenRow | undefined);
    });
  }

  describe(ending: Ending): Promise<Removal> {
    return promised(() => this.#removals.describe(ending));
  }

  removeAccount(accountId: string): Promise<Removal> {
    return this.#written(() => this.#removals.account(accountId));
  }

  removeEstablishment(accountId: string, siret: string): Promise<Removal> {
    return this.#written(() => this.#removals.establishment(accountId, siret));
  }

  removeClient(accountId: string, clientId: string): Promise<Removal> {
    return this.#written(() => this.#removals.client(accountId, clientId));
  }

  removeSession(sessionUid: string): Promise<Removal> {
    return this.#written(() => this.#removals.session(sessionUid));
  }

  sweep(limit: number): Promise<number> {
    return this.#written(() => {
      const before = this.#clock.epochSeconds() - sweepDelaySeconds;
      const artifacts = changes(this.#statements.sweepArtifacts, [before, limit]);
      return artifacts + changes(this.#statements.sweepFrozen, [before, limit - artifacts]);
    });
  }

  census(): Promise<readonly CountedModel[]> {
    return countedBeside(this.#path);
  }

  async close(): Promise<void> {
    this.#writes.flush();
    await this.#checkpoints.close();
    if (this.#database.isOpen) this.#database.close();
  }

  /** A write that is a transaction of its own. */
  #written<Result>(work: () => Result): Promise<Result> {
    return promised(() => {
      try {
        const result = work();
        this.#patience.through();
        return result;
      } catch (fault) {
        this.#patience.met(fault);
        throw fault;
      }
    });
  }

  #found(
    statement: StatementSync,
    model: ArtifactModel,
    key: string,
  ): Promise<StoredArtifact | undefined> {
    return promised(() => {
      const row = statement.get(model, digest(key)) as ArtifactRow | undefined;
      return storedArtifact(row, this.#clock.epochSeconds());
    });
  }
}
