import type { Queryable } from "../storage/index.ts";

/** A logo that was fetched and checked. */
export interface Logo {
  /** Of the content: the address that it is served under. */
  readonly digest: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

/** What is known of the logo at an address. */
export interface KnownLogo {
  readonly uri: string;
  readonly digest: string | undefined;
  /** Why the last fetch found none. */
  readonly problem: string | undefined;
  readonly fetchedAt: number;
}

interface LogoRow {
  readonly uri: string;
  readonly digest: string | null;
  readonly problem: string | null;
  readonly fetched_at: number | string;
}

/** The table `client_logos`. Instants are epoch seconds. */
export class LogoStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async known(uri: string): Promise<KnownLogo | undefined> {
    const row = await this.#db("client_logos")
      .where({ uri })
      .first<LogoRow | undefined>("uri", "digest", "problem", "fetched_at");
    return row && knownLogo(row);
  }

  async list(): Promise<KnownLogo[]> {
    const columns = ["uri", "digest", "problem", "fetched_at"] as const;
    return (await this.#db("client_logos").select<LogoRow[]>(...columns)).map(knownLogo);
  }

  async content(digest: string): Promise<Omit<Logo, "digest"> | undefined> {
    const row = await this.#db("client_logos")
      .where({ digest })
      .first<{ media_type: string; content: Buffer } | undefined>("media_type", "content");
    return row && { mediaType: row.media_type, content: row.content };
  }

  /** Keeps what a fetch found, in place of what was there. */
  async put(uri: string, { digest, mediaType, content }: Logo, fetchedAt: number): Promise<void> {
    const found = { digest, media_type: mediaType, content, problem: null, fetched_at: fetchedAt };
    await this.#db("client_logos")
      .insert({ uri, ...found })
      .onConflict("uri")
      .merge(found);
  }

  /** Keeps that a fetch found none, and why; a logo of before stays. */
  async putProblem(uri: string, problem: string, fetchedAt: number): Promise<void> {
    const found = { problem, fetched_at: fetchedAt };
    await this.#db("client_logos")
      .insert({ uri, ...found })
      .onConflict("uri")
      .merge(found);
  }

  /** Removes what no client names any more. @returns how many */
  async keepOnly(uris: readonly string[]): Promise<number> {
    const known = await this.list();
    const gone = known.map(({ uri }) => uri).filter((uri) => !uris.includes(uri));
    let removed = 0;
    for (const uri of gone) removed += await this.#db("client_logos").where({ uri }).delete();
    return removed;
  }
}

function knownLogo({ uri, digest, problem, fetched_at: fetchedAt }: LogoRow): KnownLogo {
  return {
    uri,
    digest: digest ?? undefined,
    problem: problem ?? undefined,
    fetchedAt: Number(fetchedAt),
  };
}
