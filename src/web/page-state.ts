import type { Context } from "koa";
import type { Locale } from "../foundation/index.ts";
import type { Words } from "../operations/index.ts";
import type { Assets } from "./assets.ts";

/** What every page is rendered with. */
export interface PageSettings {
  /** Absolute path of the folder `views/`. */
  readonly viewsFolder: string;
  readonly words: Words;
  readonly assets: Assets;
  /** Whether compiled templates are kept: true in production. */
  readonly cache: boolean;
  /** `CONTACT_URL`, in the footer of every page. */
  readonly contactUrl: string;
  /** What the operator's statement says, in the footer of every page; not conforming unless told. */
  readonly accessibilityState?: "none" | "partial" | "full" | undefined;
}

/** Where a page leads back to. */
export interface WayBack {
  readonly url: string;
  /** What is there; undefined at the portal, in place of a service that has no address of its own. */
  readonly serviceName: string | undefined;
}

/** What this room keeps in `ctx.state` for one request. */
export interface PageState {
  /** The language of this request's pages; an interaction may set it from its `ui_locales`. */
  locale?: Locale;
  /** Where « back to the service » of an error page leads; the portal when unset. */
  continueUrl?: string;
  /** Where one's own pages lead back to: the service that led there, or the portal. */
  wayBack?: WayBack;
  /** The page that was shown. */
  shown?: string;
  /** A mark of who is signed in, on the pages of a signed-in person. */
  whose?: string;
  /** What an error page offers to send again. */
  again?: {
    readonly method: "get" | "post";
    readonly action: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };
  /** Set by the `pages` middleware; what {@link renderPage} renders with. */
  pages?: PageSettings;
  /** What {@link referenceOf} made. */
  reference?: string;
  /** Makes it where nothing else can. */
  makeReference?: () => string;
}

/** `ctx.state`, which Koa leaves untyped, as the pages see it. */
export function pageState(ctx: Pick<Context, "state">): PageState {
  return ctx.state;
}
