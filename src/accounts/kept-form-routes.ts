import Router from "@koa/router";
import type { Middleware } from "koa";
import { onlyFor, renderPage, sameOriginOnly, seeOther } from "../web/index.ts";
import type { CurrentAccount } from "./current-account.ts";
import { type KeptForms, restoreForm } from "./kept-forms.ts";

/** Where forms of one's own pages wait. */
export const keptPath = "/account/kept";

/** What they are served with. */
export interface KeptFormRouteParts {
  readonly issuer: string;
  readonly currentAccount: CurrentAccount;
  readonly keptForms: KeptForms;
}

/**
 * `/account/kept/:id`: a form that waited until its person had confirmed who they are. One press carries it out: it goes on
 * as the request that it was, to the routes behind this one, with their own doors and checks.
 */
export function keptFormRoutes({
  issuer,
  currentAccount,
  keptForms,
}: KeptFormRouteParts): Middleware {
  const router = new Router();
  const address = `${keptPath}/:id`;
  router.get(address, async (ctx) => {
    const account = await currentAccount(ctx);
    const id = ctx.params["id"] ?? "";
    if (!account) {
      seeOther(ctx, `/sign-in?return_to=${keptPath}/${id}`);
      return;
    }
    const isKept = await keptForms.has(id, account);
    const model = { action: isKept ? ctx.path : undefined, backUrl: "/account" };
    await renderPage(ctx, isKept ? 200 : 410, "accounts/kept-form", model);
  });
  router.post(address, sameOriginOnly(issuer), async (ctx, next) => {
    const account = await currentAccount(ctx);
    const form = account && (await keptForms.take(ctx.params["id"] ?? "", account));
    if (!form) {
      const model = { action: undefined, backUrl: "/account" };
      return renderPage(ctx, 410, "accounts/kept-form", model);
    }
    restoreForm(ctx, form);
    await next();
  });
  return onlyFor(/^\/account\/kept\//, router.routes() as Middleware);
}
