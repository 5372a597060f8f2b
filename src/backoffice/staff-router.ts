import Router, { type RouterContext } from "@koa/router";
import { parsedForm, parsedUpload, sameOriginOnly } from "../web/index.ts";
import { type GateParts, type StaffMember, type StaffRule, admit } from "./staff-member.ts";

/** Answers a member of staff who may come through. */
export type StaffAnswer = (ctx: RouterContext, staff: StaffMember) => Promise<void> | void;

/** What stands in front of every route. */
export interface StaffRouterParts extends GateParts {
  readonly issuer: string;
}

/**
 * The router of the back office: a route cannot be registered without its rule, and the gate stands in
 * front of it. A GET shows and changes nothing; a POST comes from a page of ours.
 */
export class StaffRouter {
  readonly #router = new Router();
  readonly #rules = new Map<string, StaffRule>();
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
    this.#router.get(path, (ctx) => this.#answer(ctx, rule, ctx.path, answer));
  }

  /**
   * What a form does.
   * @param uploadBytes what it may send, for a form that sends files
   */
  act(path: string, rule: StaffRule, answer: StaffAnswer, uploadBytes?: number): void {
    this.#register("POST", path, rule);
    const parse = uploadBytes === undefined ? parsedForm() : parsedUpload(uploadBytes);
    this.#router.post(path, sameOriginOnly(this.#parts.issuer), (ctx) =>
      // A stranger's body is not read.
      this.#answer(ctx, rule, this.#pageBefore(ctx, path), async (_, staff) => {
        await parse(ctx, async () => {
          await answer(ctx, staff);
        });
      }),
    );
  }

  #register(method: string, path: string, rule: StaffRule): void {
    const name = `${method} ${path}`;
    if (this.#rules.has(name)) throw new Error(`${name} is registered twice`);
    this.#rules.set(name, rule);
  }

  async #answer(ctx: RouterContext, rule: StaffRule, page: string, answer: StaffAnswer) {
    const staff = await admit(ctx, rule, page, this.#parts);
    if (staff) await answer(ctx, staff);
  }

  /** The page on whose way the act stands: a sign-in leads back there, for it cannot repeat a form. */
  #pageBefore(ctx: RouterContext, path: string): string {
    const steps = path.split("/");
    while (steps.length > 2 && !this.#rules.has(`GET ${steps.join("/")}`)) steps.pop();
    return ctx.path.split("/").slice(0, steps.length).join("/");
  }
}
