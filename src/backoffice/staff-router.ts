import Router, { type RouterContext } from "@koa/router";
import {
  noteWhosePage,
  onlyFromOwnPage,
  pageState,
  parsedForm,
  parsedUpload,
  sameOriginOnly,
} from "../web/index.ts";
import type { AccessRequests } from "../establishments/index.ts";
import { AppError } from "../foundation/index.ts";
import type { FormSender, KeptForm, KeptForms } from "../accounts/index.ts";
import {
  type GateParts,
  type StaffMember,
  type StaffRule,
  type WayBack,
  admit,
  mostWaitingShown,
} from "./staff-member.ts";

/** Answers a member of staff who may come through. */
export type StaffAnswer = (ctx: RouterContext, staff: StaffMember) => Promise<void> | void;

/** What stands in front of every route. */
export interface StaffRouterParts extends GateParts {
  readonly issuer: string;
  /** What waits until its person has confirmed who they are. */
  readonly keptForms: KeptForms;
  /** The queue, whose length stands beside its place in the navigation. */
  readonly accessRequests: Pick<AccessRequests, "waitingCount">;
}

/**
 * The router of the back office: a route cannot be registered without its rule, and the gate stands in
 * front of it. A GET shows and changes nothing; a POST comes from a page of ours.
 */
export class StaffRouter {
  readonly #router = new Router();
  readonly #rules = new Map<string, StaffRule>();
  readonly #acts = new Map<string, (ctx: RouterContext) => Promise<void>>();
  readonly #parts: StaffRouterParts;

  constructor(parts: StaffRouterParts) {
    this.#parts = parts;
  }

  /** The routes as the application serves them. */
  get router(): Router {
    return this.#router;
  }

  /** The rule of each route, by `METHOD path`. */
  get rules(): ReadonlyMap<string, StaffRule> {
    return this.#rules;
  }

  /** A page to look at. */
  page(path: string, rule: StaffRule, answer: StaffAnswer): void {
    this.#register("GET", path, rule);
    this.#router.get(path, (ctx) => this.#answer(ctx, rule, ctx.path + ctx.search, answer));
  }

  /**
   * What a form does.
   * @param uploadBytes what it may send, for a form that sends files
   */
  act(path: string, rule: StaffRule, answer: StaffAnswer, uploadBytes?: number): void {
    this.#register("POST", path, rule);
    const parse = uploadBytes === undefined ? parsedForm() : parsedUpload(uploadBytes);
    const parsed = async (ctx: RouterContext, next: () => Promise<void>) => {
      await parse(ctx, next);
    };
    const judged = async (ctx: RouterContext, read: typeof parsed) => {
      // A stranger's body is not read. That of who is only to confirm who they are, or whose session has ended, is kept.
      const back = { forms: this.#pageBefore(ctx, path), keep: this.#keeping(ctx, path, read) };
      if (!(await this.#admit(ctx, rule, back))) return;
      const { continueUrl } = pageState(ctx);
      // What cannot be read leads back to its form.
      pageState(ctx).continueUrl = back.forms;
      await read(ctx, async () => {
        Object.assign(pageState(ctx), { continueUrl });
        onlyFromOwnPage(ctx, "/admin");
        // A body may come long after its head: who may is who may now.
        const keep = this.#keeping(ctx, path, (_, next) => next());
        const staff = await this.#admit(ctx, rule, { forms: back.forms, keep });
        if (staff) await answer(ctx, staff);
      });
    };
    this.#acts.set(path, (ctx) => judged(ctx, (_, next) => next()));
    this.#router.post(path, sameOriginOnly(this.#parts.issuer), (ctx) => judged(ctx, parsed));
  }

  /** Carries out a form that was kept, by the rule of its own route. */
  async carryOut(ctx: RouterContext, { route, params }: KeptForm): Promise<void> {
    ctx.params = { ...params };
    await this.#acts.get(route)?.(ctx);
  }

  #keeping(
    ctx: RouterContext,
    route: string,
    read: (ctx: RouterContext, next: () => Promise<void>) => Promise<void>,
  ) {
    return async (sender: FormSender): Promise<string | undefined> => {
      await read(ctx, () => Promise.resolve());
      const { params } = ctx as { readonly params: Readonly<Record<string, string>> };
      return this.#parts.keptForms.keep(ctx, sender, { route, params });
    };
  }

  #register(method: string, path: string, rule: StaffRule): void {
    const name = `${method} ${path}`;
    if (this.#rules.has(name)) throw new Error(`${name} is registered twice`);
    this.#rules.set(name, rule);
  }

  async #answer(ctx: RouterContext, rule: StaffRule, page: string, answer: StaffAnswer) {
    const staff = await this.#admit(ctx, rule, { forms: page });
    if (staff) await answer(ctx, staff);
  }

  async #admit(
    ctx: RouterContext,
    rule: StaffRule,
    back: WayBack,
  ): Promise<StaffMember | undefined> {
    const admitted = await admit(ctx, rule, back, this.#parts);
    if (!admitted) return undefined;
    // PostgreSQL has no NUL in a text: nothing of ours is named by one.
    if (ctx.url.includes("%00")) throw new AppError("not-found", { status: 404 });
    noteWhosePage(ctx, admitted.account.sub);
    const { accessRequests } = this.#parts;
    const waitingRequests = () => accessRequests.waitingCount({ most: mostWaitingShown + 1 });
    return { ...admitted, waitingRequests };
  }

  /** The page on whose way the act stands: a sign-in leads back there whoever was not signed in. */
  #pageBefore(ctx: RouterContext, path: string): string {
    const steps = path.split("/");
    while (steps.length > 2 && !this.#rules.has(`GET ${steps.join("/")}`)) steps.pop();
    return ctx.path.split("/").slice(0, steps.length).join("/");
  }
}
