/**
 * A map in memory whose entries end after a time, and which never holds more than `capacity` of them:
 * the oldest gives way, so that nobody can fill the memory by asking again and again.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();
  readonly #lifetimeSeconds: number;
  readonly #capacity: number;
  readonly #now: () => number;

  /** @param now the current instant in milliseconds since the epoch */
  constructor(options: {
    readonly lifetimeSeconds: number;
    readonly capacity: number;
    readonly now: () => number;
  }) {
    this.#lifetimeSeconds = options.lifetimeSeconds;
    this.#capacity = options.capacity;
    this.#now = options.now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > this.#now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#makeRoom();
    this.#entries.set(key, { value, expiresAt: this.#now() + this.#lifetimeSeconds * 1000 });
  }

  /** Takes an entry out: only the first of two callers gets it. */
  take(key: string): Value | undefined {
    const value = this.get(key);
    this.#entries.delete(key);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Looks at every value, ended ones among them. */
  forEach(look: (value: Value) => void): void {
    for (const { value } of this.#entries.values()) look(value);
  }

  /** Takes out every entry of which this is so. */
  deleteWhere(isSo: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#entries) if (isSo(value)) this.#entries.delete(key);
  }

  // Entries live equally long and stand in the order they came: the oldest expire first.
  #makeRoom(): void {
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt > this.#now() && this.#entries.size < this.#capacity) return;
      this.#entries.delete(key);
    }
  }
}
