import type { Context } from "koa";
import { AppError, digest } from "../foundation/index.ts";
import { pageState } from "./page-state.ts";

/** By this hidden field each form of a signed-in person says whose page it stands on. */
const whoseField = "page_of";

/**
 * Notes whose pages this request gets, by a mark that tells two people apart and says nothing of who they are. A page may stay
 * open while somebody else signs in to the same browser: what is sent from it later would be done in their name.
 */
export function noteWhosePage(ctx: Context, sub: string): void {
  pageState(ctx).whose = digest(sub).slice(0, 16);
}

/**
 * Holds a form to the page that it stood on, once {@link noteWhosePage} has noted whose it is now; one that does not say passes.
 * @param home where who is signed in now goes on
 * @throws AppError 409 `other-person`: it was the page of somebody else
 */
export function onlyFromOwnPage(ctx: Context, home: string): void {
  const state = pageState(ctx);
  const said = (ctx.request.body as Readonly<Record<string, unknown>> | undefined)?.[whoseField];
  if (said === undefined || said === state.whose) return;
  state.continueUrl = home;
  throw new AppError("other-person", { status: 409 });
}

/** Writes the field into each form of a page that sends something. */
export function withWhosePage(html: string, whose: string): string {
  const field = `<input type="hidden" name="${whoseField}" value="${whose}">`;
  return html.replace(/<form\b[^>]* method="post"[^>]*>/g, `$&${field}`);
}
