/** What keeps a node from its work. */
export type Obstacle =
  /** It was told to end. */
  | "stopping"
  /** Its clock and the database's are too far apart. */
  | "clock"
  /** The database does not answer. */
  | "database"
  /** The register only reads, by an operator's word. */
  | "maintenance"
  /** `JOBS=off`: it serves, and does nothing by itself. */
  | "jobs-off";

/** With these a node serves all the same. */
const servedDespite: ReadonlySet<Obstacle> = new Set(["maintenance", "jobs-off"]);

/** Whether this node should be given requests, and may do things unasked. */
export class NodeState {
  readonly #obstacles = new Set<Obstacle>();

  /** @returns whether that is news */
  set(obstacle: Obstacle, isThere: boolean): boolean {
    if (this.#obstacles.has(obstacle) === isThere) return false;
    if (isThere) this.#obstacles.add(obstacle);
    else this.#obstacles.delete(obstacle);
    return true;
  }

  /** Whether there is this one. */
  has(obstacle: Obstacle): boolean {
    return this.#obstacles.has(obstacle);
  }

  /** Why it should get no requests; none: it should. */
  outOfService(): Obstacle[] {
    return [...this.#obstacles].filter((each) => !servedDespite.has(each));
  }

  /** Whether jobs run, and what waits is sent. */
  mayWork(): boolean {
    return this.#obstacles.size === 0;
  }

  /** Whether it keeps up with what other nodes write: also one that does nothing by itself, or serves nobody for a while. */
  mayFollow(): boolean {
    return !this.has("database");
  }
}
