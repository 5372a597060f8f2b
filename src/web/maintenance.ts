import type { Context, Middleware } from "koa";
import { AppError } from "../foundation/index.ts";
import type { Maintenance } from "../storage/index.ts";
import { type FormBody, parsedForm } from "./form-body.ts";
import { type PageState, pageState } from "./page-state.ts";
import { isFromOwnPage, safeMethods } from "./same-origin.ts";
import { isSecretField } from "./secret-fields.ts";
import { parsedUpload } from "./upload-body.ts";

/** Pages that only lead to a form which would write: people are told before they type. */
const entrances = /^\/(?:interaction\/|signup\b|recovery\b)/i;

/** Pages that can be looked at meanwhile: who sent something from there goes back there. */
const ownPages = /^\/(?:account|admin)(?=\/|$)/i;

/** The most that a form with files may hold, to be repeated in a page. */
const mostRepeatedBytes = 1_000_000;

/** Programs ask here by POST for what they only read, too: their writes are refused by the register, after their bodies are judged. */
const programs = /^\/(?:api\/|signals\/|reg\b)/i;

/** While the register only reads, what a request would write is refused; what came before that is finished. */
export function readsInMaintenance(maintenance: Maintenance): Middleware {
  return (_ctx, next) => maintenance.reading(next);
}

/**
 * Stands in front of the pages, behind the protocol's endpoints: what would write is told until when, before any of it is done.
 * @throws MaintenanceFault
 */
export function maintenancePages(maintenance: Maintenance, issuer: string): Middleware {
  return async (ctx, next) => {
    const fault = maintenance.fault();
    if (!fault || programs.test(ctx.path)) {
      await next();
      return;
    }
    if (safeMethods.has(ctx.method)) {
      if (!entrances.test(ctx.path)) {
        await next();
        return;
      }
      pageState(ctx).again = { method: "get", action: ctx.url, fields: [] };
    } else if (isFromOwnPage(ctx, issuer)) {
      const again = await typedForm(ctx);
      if (again) pageState(ctx).again = again;
    }
    const [home] = ownPages.exec(ctx.path) ?? [];
    if (home !== undefined) pageState(ctx).continueUrl = home;
    throw fault;
  };
}

/**
 * What was typed, to be sent again: from a page of ours alone, or another site could have its own sent as ours. Files are to be
 * chosen again; what is too large for a page, with its files, is not offered.
 */
async function typedForm(ctx: Context): Promise<PageState["again"]> {
  if (ctx.is("urlencoded")) await parsedForm()(ctx, nothingMore);
  else if (!ctx.is("multipart") || !(await isParsed(ctx))) return undefined;
  const fields = Object.entries((ctx.request.body ?? {}) as FormBody)
    .filter(([name]) => !isSecretField(name))
    .flatMap(([name, values]) => [values].flat().map((value) => ({ name, value })));
  return { method: "post", action: ctx.url, fields } as const;
}

const nothingMore = () => Promise.resolve();

async function isParsed(ctx: Context): Promise<boolean> {
  try {
    await parsedUpload(mostRepeatedBytes)(ctx, nothingMore);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
