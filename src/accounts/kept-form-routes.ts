import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { onlyFor, renderPage, sameOriginOnly, seeOther } from "../web/index.ts";
import type { KeptFormState } from "./page-models.ts";
import type { CurrentAccount } from "./current-account.ts";
import { forgetWaiting } from "./last-sender.ts";
import {
  type KeptForm,
  type KeptForms,
  keptFormState,
  ownFormName,
  restoreForm,
} from "./kept-forms.ts";

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
      askToSignIn(ctx, id);
      return;
    }
    forgetWaiting(ctx, "/account");
    const { reason, form } = await keptFormState(keptForms, id, account);
    await show(ctx, reason, form);
  });
  router.post(address, sameOriginOnly(issuer), async (ctx, next) => {
    const account = await currentAccount(ctx);
    const id = ctx.params["id"] ?? "";
    if (!account) {
      askToSignIn(ctx, id);
      return;
    }
    const isThere = await keptForms.carryOut(id, account, async (form) => {
      restoreForm(ctx, form);
      await next();
      // An accepted form leads on; a page is a refusal, or a question that comes first.
      return ctx.status >= 300 && ctx.status < 400;
    });
    if (!isThere) await show(ctx, "gone");
  });
  return onlyFor(/^\/account\/kept\//, router.routes() as Middleware);
}

/** It still waits. */
function askToSignIn(ctx: Context, id: string): void {
  seeOther(ctx, `/sign-in?return_to=${keptPath}/${id}`);
}

async function show(ctx: Context, reason: KeptFormState, form?: KeptForm): Promise<void> {
  const formName = form && ownFormName(form);
  const model = { reason, formName, action: ctx.path, backUrl: "/account" };
  await renderPage(ctx, reason === "waiting" ? 200 : 410, "accounts/kept-form", model);
}
