import { Readable } from "node:stream";
import type { Context } from "koa";
import { type AuditEntry, csvHeader, csvLine, jsonLine } from "../audit/index.ts";
import { AppError, type Problem } from "../foundation/index.ts";
import { refusedStatus } from "../web/index.ts";
import { type AuditSearch, auditEvents, auditFields, readAuditSearch } from "./audit-search.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { type Names, listedEvent, moments, namesOf } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { recordAct } from "./subject.ts";

const entriesAPage = 50;

/** How a search is saved as a file. */
const formats = {
  csv: { type: "text/csv; charset=utf-8", header: csvHeader, line: csvLine },
  jsonl: { type: "application/x-ndjson; charset=utf-8", header: "", line: jsonLine },
} as const;

/** What leaves the house as a file takes a proof of a moment ago. */
const exporting = { role: "reader", fresh: "proven" } as const;

/** `/admin/audit`: searches the audit by person, event, actor and dates, and saves what was found as a file. */
export function auditRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  routes.page("/admin/audit", { role: "reader" }, async (ctx, staff) => {
    const typed = typedSearch(ctx);
    const filter = await readAuditSearch(parts, typed);
    if (!filter.accepted) return show(ctx, parts, staff, typed, { problems: filter.problems });
    const before = queryNumber(ctx, "before");
    const found = await parts.audit.page(filter.value, { before, limit: entriesAPage });
    await show(ctx, parts, staff, typed, found);
  });
  // What leaves the house as a file is itself an act that is recorded, so it is asked for by a form.
  routes.act("/admin/audit/export/:format", exporting, async (ctx, staff) => {
    const format = Object.entries(formats).find(([name]) => name === ctx.params["format"]);
    if (!format) throw new AppError("not-found", { status: 404 });
    const typed = typedSearch(ctx);
    const filter = await readAuditSearch(parts, typed);
    if (!filter.accepted) return show(ctx, parts, staff, typed, { problems: filter.problems });
    const [name, { type, header, line }] = format;
    const asked = Object.fromEntries(
      auditFields
        .filter((field) => field !== "person" && typed[field])
        .map((field) => [field, typed[field]]),
    );
    await recordAct(ctx, parts, staff, {
      name: "audit-exported",
      details: { format: name, ...asked },
    });
    ctx.status = 200;
    ctx.attachment(`audit.${name}`);
    ctx.type = type;
    ctx.body = Readable.from(lines(parts, header, parts.audit.all(filter.value), line));
  });
}

/** So many are named in one statement. */
const named = 500;

/** Read page by page: however long the audit is, little of it is in memory. */
async function* lines(
  { accounts }: BackofficeParts,
  header: string,
  entries: AsyncIterable<AuditEntry>,
  line: (entry: AuditEntry, names: Names) => string,
): AsyncGenerator<string> {
  if (header !== "") yield header;
  const page: AuditEntry[] = [];
  const written = async () => {
    const names = await namesOf(
      accounts,
      page.flatMap(({ sub, actor }) => [sub, actor]),
    );
    return page.splice(0).map((entry) => line(entry, names));
  };
  for await (const entry of entries) if (page.push(entry) === named) yield* await written();
  yield* await written();
}

function typedSearch(ctx: Context): AuditSearch {
  const values = auditFields.map((field) => [field, queryValue(ctx, field)] as const);
  return Object.fromEntries(values) as AuditSearch;
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
  const query = new URLSearchParams(Object.entries(typed).filter(([, value]) => value !== ""));
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
