import type { Middleware } from "koa";
import { days, hours, months } from "../foundation/index.ts";
import { type Retention, retentionSeconds } from "../operations/index.ts";
import { shownPersonalData } from "./legal-pages.ts";
import type { LegalTexts } from "./legal-texts.ts";
import type { KeptFor } from "./legal-page-models.ts";
import { pageState } from "./page-state.ts";
import { privacyPath, renderPage } from "./views.ts";

/** `/privacy`: what RGPD article 13 asks for, with the table of durations that the jobs go by, for everybody to read. */
export function privacyPage(texts: LegalTexts): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== privacyPath || (ctx.method !== "GET" && ctx.method !== "HEAD")) {
      await next();
      return;
    }
    const names = Object.keys(retentionSeconds) as Retention[];
    const kept = names.map((name) => ({ name, ...inUnits(retentionSeconds[name]) }));
    const said = shownPersonalData(texts, pageState(ctx).locale ?? "fr");
    await renderPage(ctx, 200, "web/privacy", { kept, said });
  };
}

/** A duration in the greatest unit that it fills. */
function inUnits(keptSeconds: number): Omit<KeptFor, "name"> {
  if (keptSeconds % months(1) === 0) return { unit: "months", count: keptSeconds / months(1) };
  return keptSeconds % days(1) === 0 && keptSeconds > days(1)
    ? { unit: "days", count: keptSeconds / days(1) }
    : { unit: "hours", count: keptSeconds / hours(1) };
}
