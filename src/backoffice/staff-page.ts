import type { Context } from "koa";
import { type StaffRole, isAtLeast } from "../accounts/index.ts";
import { type PageModels, type PageName, renderPage } from "../web/index.ts";
import type { StaffFrame } from "./staff-frame.ts";
import { type StaffMember, mostWaitingShown } from "./staff-member.ts";

/** The pages of the back office. */
export type StaffPageName = Extract<PageName, `backoffice/${string}`>;

/** What a page is given beside its frame. */
export type StaffPageModel<Name extends StaffPageName> = Omit<PageModels[Name], "staff">;

/** What the navigation leads to, with the least role. */
const sections: readonly (readonly [name: StaffFrame["section"], url: string, role: StaffRole])[] =
  [
    ["accounts", "/admin", "reader"],
    ["requests", "/admin/requests", "reader"],
    ["import", "/admin/import", "agent"],
    ["audit", "/admin/audit", "reader"],
    ["clients", "/admin/clients", "admin"],
    ["outbox", "/admin/outbox", "admin"],
    ["members", "/admin/members", "admin"],
  ];

/** Pages that a section leads to and whose address is not below its own. */
const within: Readonly<Record<string, StaffFrame["section"]>> = {
  "/admin/signals": "clients",
  "/admin/organisations": "requests",
};

/** Renders a page of the back office in its frame: who is signed in, and where else to go. */
export async function renderStaffPage<Name extends StaffPageName>(
  ctx: Context,
  staff: StaffMember,
  status: number,
  name: Name,
  model: StaffPageModel<Name>,
): Promise<void> {
  const frame = frameOf(ctx.path, staff, await staff.waitingRequests());
  const framed = { ...model, staff: frame } as PageModels[Name];
  await renderPage(ctx, status, name, framed);
}

/** One value of the query, as typed; "" when it is absent or given twice. */
export function queryValue(ctx: Context, name: string): string {
  const value = ctx.query[name];
  return typeof value === "string" ? value.slice(0, 500) : "";
}

/** What a search of these fields says, as typed. */
export function typedSearch<Field extends string>(
  ctx: Context,
  fields: readonly Field[],
): Readonly<Record<Field, string>> {
  const values = fields.map((field) => [field, queryValue(ctx, field)] as const);
  return Object.fromEntries(values) as Record<Field, string>;
}

/** The same for an address: what was left empty is not named. */
export function searchQuery(typed: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(Object.entries(typed).filter(([, value]) => value !== ""));
}

/** A whole number of the query; undefined when it is none. */
export function queryNumber(ctx: Context, name: string): number | undefined {
  const value = queryValue(ctx, name);
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

function frameOf(path: string, { account, role }: StaffMember, waiting: number): StaffFrame {
  const below = Object.keys(within).find((url) => path.startsWith(url)) ?? "";
  const own = sections.find(([, url]) => url !== "/admin" && path.startsWith(url))?.[0];
  const section = within[below] ?? own;
  return {
    name: `${account.givenName} ${account.familyName}`,
    role,
    section: section ?? "accounts",
    waiting:
      waiting === 0
        ? undefined
        : waiting > mostWaitingShown
          ? `${String(mostWaitingShown)}+`
          : String(waiting),
    links: sections.flatMap(([name, url, least]) =>
      isAtLeast(role, least) ? [{ name, url }] : [],
    ),
    signOutUrl: "/sign-out",
  };
}
