import { z } from "zod";
import { type Encryption, type Outcome, accepted, refused } from "../foundation/index.ts";

/** The most that one page holds. */
export const longestPage = 100;

/** The parameters of every list. */
export const pageParameters = {
  cursor: z
    .string()
    .max(300, { error: "the next_cursor of the page before" })
    .optional()
    .meta({ description: "The `next_cursor` of the page before; the first page has none" }),
  limit: z.coerce
    .number({ error: `a number from 1 to ${longestPage}` })
    .int({ error: `a number from 1 to ${longestPage}` })
    .min(1, { error: `a number from 1 to ${longestPage}` })
    .max(longestPage, { error: `a number from 1 to ${longestPage}` })
    .default(50),
};

/** A list as it is sent. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: "null on the last page" }),
  });
}

/** Turns the place in a list into a text that says nothing, and back. */
export interface Cursors {
  readonly write: (list: string, after: number) => string;
  readonly read: (list: string, cursor: string | undefined) => Outcome<number, "cursor-unknown">;
}

/**
 * A cursor is the last id of a page, encrypted: row numbers of accounts never leave the server, and nobody computes with
 * cursors. Pages are stable: what is added meanwhile comes at the end, and nothing is told twice.
 */
export function createCursors(encryption: Encryption): Cursors {
  const place = (list: string) => `api-cursor:${list}`;
  return {
    write: (list, after) => encryption.encrypt(String(after), place(list)),
    read: (list, cursor) => {
      if (cursor === undefined) return accepted(0);
      try {
        return accepted(Number(encryption.decrypt(cursor, place(list))));
      } catch {
        return refused({ field: "cursor", reason: "cursor-unknown" });
      }
    },
  };
}

/** Cuts a page out of one row more than it holds. */
export function cutPage<Row extends { readonly id: number }, Item>(
  rows: readonly Row[],
  limit: number,
  { cursors, list, toItem }: { cursors: Cursors; list: string; toItem: (row: Row) => Item },
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(toItem), next_cursor: last ? cursors.write(list, last.id) : null };
}
