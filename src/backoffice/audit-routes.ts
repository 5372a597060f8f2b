import { Readable } from "node:stream";
import type { Context } from "koa";
import type { AuditEntry } from "../audit/index.ts";
import { AppError, type Problem } from "../foundation/index.ts";
import { refusedStatus } from "../web/index.ts";
import { auditLines } from "./audit-lines.ts";
import { type AuditSearch, auditEvents, auditFields, readAuditSearch } from "./audit-search.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { exportFormats } from "./exports.ts";
import { listedEvent, moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, renderStaffPage, searchQuery, typedSearch } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { recordAct } from "./subject.ts";

const entriesAPage = 50;

/** What leaves the house as a file takes a proof of a moment ago. */
const exporting = { role: "reader", fresh: "proven" } as const;

/** `/admin/audit`: searches the audit by person, event, actor and dates, and saves what was found as a file. */
export function auditRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page("/admin/audit", { role: "reader" }, async (ctx, staff) => {
    const typed = typedSearch(ctx, auditFields);
    const filter = await readAuditSearch(parts, typed);
    if (!filter.accepted) return show(ctx, parts, staff, typed, { problems: filter.problems });
    const before = queryNumber(ctx, "before");
    const found = await parts.audit.page(filter.value, { before, limit: entriesAPage });
    await show(ctx, parts, staff, typed, found);
  });
  // What leaves the house as a file is itself an act that is recorded, so it is asked for by a form.
  routes.act("/admin/audit/export/:format", exporting, async (ctx, staff) => {
    const format = (["csv", "jsonl"] as const).find((each) => each === ctx.params["format"]);
    if (!format) throw new AppError("not-found", { status: 404 });
    const typed = typedSearch(ctx, auditFields);
    const filter = await readAuditSearch(parts, typed);
    if (!filter.accepted) return show(ctx, parts, staff, typed, { problems: filter.problems });
    const asked = Object.fromEntries(
      auditFields
        .filter((field) => field !== "person" && typed[field])
        .map((field) => [field, typed[field]]),
    );
    await recordAct(ctx, parts, staff, {
      name: "audit-exported",
      details: { format, ...asked },
    });
    ctx.status = 200;
    ctx.attachment(`audit.${format}`);
    ctx.type = exportFormats[format].type;
    ctx.body = Readable.from(auditLines(parts, format, filter.value));
  });
}

async function show(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  typed: AuditSearch,
  found: {
    readonly entries?: readonly AuditEntry[];
    readonly next?: number | undefined;
    readonly problems?: readonly Problem[];
  },
): Promise<void> {
  const { entries = [], next, problems = [] } = found;
  const people = entries.flatMap(({ sub, actor }) => [sub, actor]);
  const names = await namesOf(parts.accounts, people);
  const shown = moments(ctx);
  const query = searchQuery(typed);
  const saved = (format: string) =>
    problems.length > 0 ? undefined : `/admin/audit/export/${format}?${query.toString()}`;
  await renderStaffPage(
    ctx,
    staff,
    problems.length > 0 ? refusedStatus(ctx, problems) : 200,
    "backoffice/staff-audit",
    {
      form: { action: "/admin/audit", values: { ...typed }, problems },
      events: auditEvents,
      entries: entries.map((entry) => listedEvent(entry, shown, names)),
      nextUrl: next === undefined ? undefined : nextUrl(query, next),
      csvUrl: saved("csv"),
      jsonUrl: saved("jsonl"),
    },
  );
}

function nextUrl(query: URLSearchParams, before: number): string {
  const next = new URLSearchParams(query);
  next.set("before", String(before));
  return `/admin/audit?${next.toString()}`;
}
