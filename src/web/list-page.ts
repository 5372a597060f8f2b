import type { Context } from "koa";
import { formFields } from "./form-body.ts";

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
  return { q: searchWords(q), page: pageNumber(page), name };
}

/**
 * The same of a form around the list, whose buttons search and turn pages (`page`) so that what was ticked and typed goes along:
 * `search` is what is looked for now, `q` what was. Another search begins at its first page. `enter` is the button that a browser
 * takes for the Enter key, whichever field it is pressed in: it searches where something else is looked for.
 * @returns undefined when another button was pressed
 */
export function sentListQuery(
  body: unknown,
): (ListQuery & { readonly isOther: boolean }) | undefined {
  const { q, search, page, enter } = formFields(body, ["q", "search", "page", "enter"]);
  const words = searchWords(search);
  const isOther = words !== q;
  if (page === "" && !(enter !== "" && isOther)) return undefined;
  return { q: words, page: isOther ? 1 : pageNumber(page), name: "page", isOther };
}

/** What is looked for, as typed: as much of it as is looked at. */
export function searchWords(typed: unknown): string {
  return typeof typed === "string" ? typed.slice(0, 200) : "";
}

function pageNumber(typed: unknown): number {
  return typeof typed === "string" && /^[1-9]\d{0,5}$/.test(typed) ? Number(typed) : 1;
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
