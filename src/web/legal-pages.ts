import type { Context, Middleware } from "koa";
import { type Locale, parisFormats } from "../foundation/index.ts";
import type { LegalTexts } from "./legal-texts.ts";
import { pageState } from "./page-state.ts";
import { accessibilityPath, legalPath, renderPage } from "./views.ts";

/** `/legal` and `/accessibility`: what the law has every site say, in the operator's words or not at all. */
export function legalPages(texts: LegalTexts): Middleware {
  return async (ctx, next) => {
    const isLookedAt = ctx.method === "GET" || ctx.method === "HEAD";
    if (isLookedAt && ctx.path === legalPath) {
      const { publisher, host } = texts;
      return renderPage(ctx, 200, "web/legal", { publisher, host });
    }
    if (isLookedAt && ctx.path === accessibilityPath) return showAccessibility(ctx, texts);
    await next();
  };
}

const dayFormats = parisFormats({ dateStyle: "long" });

async function showAccessibility(ctx: Context, { accessibility }: LegalTexts): Promise<void> {
  const { locale = "fr" } = pageState(ctx);
  const day = (date: string) => dayFormats[locale].format(new Date(`${date}T12:00:00Z`));
  await renderPage(ctx, 200, "web/accessibility", {
    state: accessibility?.state ?? "none",
    statement: accessibility && {
      date: day(accessibility.date),
      audit: { ...accessibility.audit, date: day(accessibility.audit.date) },
      derogations: accessibility.derogations.map((each) => each[locale]),
      contact: accessibility.contact,
    },
  });
}

/** What the operator says of personal data, in one language. */
export function shownPersonalData({ personalData }: LegalTexts, locale: Locale) {
  if (!personalData) return undefined;
  const { controller, dpo, purposes, recipients, transfers, obligation, automated } = personalData;
  return {
    ...{ controller, dpo },
    purposes: purposes.map((each) => ({
      purpose: each.purpose[locale],
      basis: each.basis[locale],
    })),
    recipients: recipients.map((each) => each[locale]),
    ...{ transfers: transfers[locale], obligation: obligation[locale] },
    automated: automated[locale],
  };
}
