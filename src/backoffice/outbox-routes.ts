import type { Context } from "koa";
import { requestOrigin, seeOther, wordsOf } from "../web/index.ts";
import { type EntryFilter, type ListedEntry, entryStates } from "../outbox/index.ts";
import type { ListedMessage } from "./admin-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { type Names, moments, namesOf, subjectKeyOf } from "./shown.ts";
import { ask } from "./questions.ts";
import type { StaffMember } from "./staff-member.ts";
import {
  queryNumber,
  queryValue,
  renderStaffPage,
  searchQuery,
  typedSearch,
} from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { accountUrl } from "./subject.ts";

const path = "/admin/outbox";
const entriesAPage = 50;
const kinds = ["mail", "back-channel-logout", "webhook", "signal"];
const searched = ["kind", "state", "destination"] as const;
const dones = ["retried", "dropped"] as const;

/** `/admin/outbox`: what waits to be sent and what was given up; neither to whom nor what. */
export function outboxRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const fresh = { role: "admin", fresh: "proven" } as const;
  routes.page(path, { role: "admin" }, (ctx, staff) => show(ctx, parts, staff));
  routes.act(`${path}/retry`, fresh, async (ctx, staff) => {
    const { kind, destination } = filterOf(typedSearch(ctx, searched));
    const count = await parts.waiting.retry({ kind, destination }, askedBy(ctx, staff));
    seeOther(ctx, path, { done: "retried", count });
  });
  routes.page(`${path}/:id/drop`, fresh, async (ctx, staff) => {
    const entry = await parts.waiting.find(ctx.params["id"] ?? "");
    if (entry?.state !== "waiting") {
      seeOther(ctx, path, { done: "dropped", count: 0 });
      return;
    }
    await ask(ctx, staff, {
      reason: "outbox-drop",
      subject: subjectOfEntry(ctx, entry),
      effects: [{ name: "attempts", count: entry.attempts }],
      action: `${path}/${entry.id}/drop`,
      backUrl: path,
    });
  });
  for (const act of ["retry", "drop"] as const) {
    const done = act === "retry" ? "retried" : "dropped";
    routes.act(`${path}/:id/${act}`, fresh, async (ctx, staff) => {
      const filter = { ids: [ctx.params["id"] ?? ""] };
      const count = await parts.waiting[act](filter, askedBy(ctx, staff));
      seeOther(ctx, path, { done, count });
    });
  }
}

function askedBy(ctx: Context, { account }: StaffMember) {
  return { actor: account.sub, ...requestOrigin(ctx) };
}

/** A letter by its subject, anything else by its name. */
function subjectOfEntry(ctx: Context, { name }: ListedEntry): string {
  const t = wordsOf(ctx);
  const key = subjectKeyOf(name);
  return t.knows(key) ? t(key) : name;
}

type Search = Readonly<Record<(typeof searched)[number], string>>;

function filterOf({ kind, state, destination }: Search): EntryFilter {
  const known = entryStates.filter((each) => each === state);
  return {
    states: known.length > 0 ? known : ["waiting", "failed"],
    kind: kinds.find((each) => each === kind),
    destination: destination.trim() === "" ? undefined : destination.trim(),
  };
}

async function show(ctx: Context, parts: BackofficeParts, staff: StaffMember): Promise<void> {
  const typed = typedSearch(ctx, searched);
  const filter = filterOf(typed);
  const last = queryValue(ctx, "after");
  const before = last === "" ? undefined : await parts.waiting.find(last);
  // One more than a page holds tells whether another page follows.
  const found = await parts.waiting.list(filter, { before, limit: entriesAPage + 1 });
  const entries = found.slice(0, entriesAPage);
  const names = await namesOf(
    parts.accounts,
    entries.map(({ accountSub }) => accountSub),
  );
  const query = searchQuery(typed);
  const next = found.length > entriesAPage ? entries.at(-1) : undefined;
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-outbox", {
    form: { action: path, values: typed, problems: [] },
    ...{ kinds, states: entryStates },
    entries: entries.map((entry) => listedMessage(entry, moments(ctx), names)),
    nextUrl: next && `${path}?${String(new URLSearchParams([...query, ["after", next.id]]))}`,
    retryAction: entries.some(({ state }) => state === "waiting")
      ? `${path}/retry?${query.toString()}`
      : undefined,
    done: dones.find((done) => done === queryValue(ctx, "done")),
    count: queryNumber(ctx, "count"),
  });
}

function listedMessage(
  entry: ListedEntry,
  { instant }: ReturnType<typeof moments>,
  names: Names,
): ListedMessage {
  const { id, channel, name, state, accountSub, lastError } = entry;
  const shown = (at: number | undefined) => (at === undefined ? undefined : instant(at));
  const action = (act: string) => (state === "waiting" ? `${path}/${id}/${act}` : undefined);
  return {
    ...{ channel, name, state, error: lastError, attempts: String(entry.attempts) },
    subjectKey: subjectKeyOf(name),
    added: instant(entry.createdAt),
    ...{ next: shown(entry.dueAt), ended: shown(entry.endedAt) },
    person: names(accountSub),
    personUrl: accountSub === undefined ? undefined : accountUrl({ sub: accountSub }),
    ...{ retryAction: action("retry"), dropUrl: action("drop") },
  };
}
