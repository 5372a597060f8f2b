import type { Context } from "koa";

/** How many of a list a page shows. */
const listedAPage = 50;
/** A shorter list is looked through faster than it is searched. */
const leastSearched = 20;

/** A list as the page of it shows it: what was looked for, how many there are, and what leads to the others. */
export interface ListModel {
  /** Where the search is sent, by GET. */
  readonly action: string;
  readonly q: string;
  readonly hasSearch: boolean;
  readonly found: number;
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly previousUrl?: string | undefined;
  readonly nextUrl?: string | undefined;
}

/** Which page of a list is asked for. */
export interface ListQuery {
  /** What is looked for, "" for all. */
  readonly q: string;
  /** From 1. */
  readonly page: number;
  /** What the address calls the page. */
  readonly name: string;
}

/** What the address of a page says of its list: `q`, and the page, by a name of its own where the page has two lists. */
export function listQuery(ctx: Context, name = "page"): ListQuery {
  const { q, [name]: page } = ctx.query;
  const number = typeof page === "string" && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1;
  return { q: typeof q === "string" ? q.slice(0, 200) : "", page: number, name };
}

/**
 * The page of a list that was asked for, the last one when there are not so many.
 * @param path of the page, without a query
 * @param found all that was found
 * @param total how many there are, found or not
 */
export function listPage<Each>(
  path: string,
  asked: ListQuery,
  { found, total }: { readonly found: readonly Each[]; readonly total: number },
): { readonly shown: readonly Each[]; readonly list: ListModel } {
  const pages = Math.max(1, Math.ceil(found.length / listedAPage));
  const page = Math.min(asked.page, pages);
  const urlOf = (number: number) => {
    const query = new URLSearchParams({
      ...(asked.q && { q: asked.q }),
      [asked.name]: String(number),
    });
    return number < 1 || number > pages ? undefined : `${path}?${query.toString()}`;
  };
  return {
    shown: found.slice((page - 1) * listedAPage, page * listedAPage),
    list: {
      ...{ action: path, q: asked.q, found: found.length, total, page, pages },
      hasSearch: total > leastSearched || asked.q !== "",
      previousUrl: urlOf(page - 1),
      nextUrl: urlOf(page + 1),
    },
  };
}
