import { Readable } from "node:stream";
import type { Context } from "koa";
import type { AuditEntry } from "../audit/index.ts";
import { serviceName } from "../clients/index.ts";
import type { Siret } from "../establishments/index.ts";
import { AppError, type Problem, months } from "../foundation/index.ts";
import { retentionSeconds } from "../operations/index.ts";
import { refusedStatus, wordsOf } from "../web/index.ts";
import type { ListedAct } from "./work-page-models.ts";
import { auditLines } from "./audit-lines.ts";
import { type AuditSearch, auditFields, auditOutcomes, readAuditSearch } from "./audit-search.ts";
import { type SentenceNames, machineWordsOf, namedBy, sentenceOf } from "./audit-sentences.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { exportFormats } from "./exports.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, renderStaffPage, searchQuery, typedSearch } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { recordAct } from "./subject.ts";

const entriesAPage = 50;

/** What leaves the house as a file takes a proof of a moment ago. */
const exporting = { role: "reader", fresh: "proven" } as const;

/** `/admin/audit`: searches the audit by person, act, SIRET, client and period, in sentences, and saves what was found as a file. */
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
  const names = await sentenceNames(parts, entries);
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
      ...{ events: parts.eventNames(), outcomes: auditOutcomes },
      keptMonths: Math.round(retentionSeconds.audit / months(1)),
      entries: entries.map((entry) => listedAct(ctx, entry, names)),
      nextUrl: next === undefined ? undefined : nextUrl(query, next),
      csvUrl: saved("csv"),
      jsonUrl: saved("jsonl"),
    },
  );
}

/** Reads what the identifiers of a page of events stand for, each kind in one statement. */
async function sentenceNames(
  { accounts, accesses, clients }: BackofficeParts,
  entries: readonly AuditEntry[],
): Promise<SentenceNames> {
  const { subs, sirets } = namedBy(entries);
  const [people, establishments] = await Promise.all([
    subs.length > 0 ? accounts.findAllBySub([...new Set(subs)]) : [],
    sirets.length > 0 ? accesses.establishments([...new Set(sirets)] as Siret[]) : [],
  ]);
  const persons = new Map(
    people.map(({ sub, givenName, familyName, role }) => {
      return [sub, { name: `${givenName} ${familyName}`, role }] as const;
    }),
  );
  const named = new Map<string, string | undefined>(
    establishments.map(({ siret, name }) => [siret, name]),
  );
  return {
    person: (sub) => persons.get(sub),
    establishment: (siret) => named.get(siret),
    client: (clientId) => {
      const client = clients.find(clientId);
      return client && serviceName(client);
    },
  };
}

/** An event for the page: its sentence, and the machine words behind it. */
function listedAct(ctx: Context, entry: AuditEntry, names: SentenceNames): ListedAct {
  const t = wordsOf(ctx);
  const typed = entry.details?.["reason"];
  return {
    ...{ at: moments(ctx).instant(entry.occurredAt), seq: entry.seq },
    sentence: sentenceOf(entry, names, t),
    isRefused: entry.outcome !== "accepted",
    why: entry.reason,
    typed: typeof typed === "string" ? typed : undefined,
    machine: machineWordsOf(entry).map(({ name, value, sub }) => ({
      ...{ name, value },
      beside: sub === undefined ? undefined : names.person(sub)?.name,
    })),
  };
}

function nextUrl(query: URLSearchParams, before: number): string {
  const next = new URLSearchParams(query);
  next.set("before", String(before));
  return `/admin/audit?${next.toString()}`;
}
