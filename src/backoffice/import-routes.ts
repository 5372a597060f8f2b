import type { Context } from "koa";
import {
  type ImportDifference,
  type ImportReason,
  type LineOpening,
  type ListProblem,
  createAccessImport,
  formatSiret,
} from "../establishments/index.ts";
import { type Problem } from "../foundation/index.ts";
import { formFields, refusedStatus } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage, seeOther } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";

const path = "/admin/import";
/** Ten thousand lines and more, as a form encodes them. */
const limitBytes = 4_000_000;
/** How many lines of each kind are shown; all are counted. */
const mostShown = 200;

/**
 * `/admin/import`: opens the accesses of a pasted list, all or none. The dry run shows the difference that it
 * would make; the form of that page carries the list, which is judged again when it is sent.
 */
export function importRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const fresh = { role: "agent", fresh: true } as const;
  const accessImport = createAccessImport(parts);
  routes.page(path, fresh, (ctx, staff) => showForm(ctx, staff, "", []));
  routes.act(
    `${path}/preview`,
    fresh,
    async (ctx, staff) => {
      const { accesses } = formFields(ctx.request.body, ["accesses"]);
      if (accesses.trim() === "") return showForm(ctx, staff, accesses, [missing]);
      const { problems, ...difference } = await accessImport.preview(accesses);
      await showPreview(ctx, staff, accesses, difference, problems);
    },
    limitBytes,
  );
  routes.act(
    path,
    fresh,
    async (ctx, staff) => {
      const { accesses } = formFields(ctx.request.body, ["accesses"]);
      if (accesses.trim() === "") return showForm(ctx, staff, accesses, [missing]);
      const { done, problems } = await accessImport.run(accesses, staff.account.sub);
      if (!done) {
        const nothing = { opened: [], alreadyOpen: [] };
        return showPreview(ctx, staff, accesses, nothing, problems);
      }
      const counts = { changed: done.opened.length, unchanged: done.alreadyOpen.length };
      seeOther(ctx, path, { done: "imported", ...counts });
    },
    limitBytes,
  );
}

const missing: Problem = { field: "accesses", reason: "import-missing" };

async function showForm(
  ctx: Context,
  staff: StaffMember,
  accesses: string,
  problems: readonly Problem[],
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-import", {
    form: { action: `${path}/preview`, values: { accesses }, problems },
    done: queryValue(ctx, "done") === "imported",
    changed: queryNumber(ctx, "changed"),
    unchanged: queryNumber(ctx, "unchanged"),
  });
}

async function showPreview(
  ctx: Context,
  staff: StaffMember,
  accesses: string,
  { opened, alreadyOpen }: ImportDifference,
  problems: readonly ListProblem<ImportReason>[],
): Promise<void> {
  const { until } = moments(ctx);
  const shown = ({ line, email, siret, name, untilAt }: LineOpening) => ({
    ...{ line: String(line), email, formatted: formatSiret(siret), name },
    until: untilAt === undefined ? undefined : until(untilAt),
  });
  const refusals: Problem[] =
    problems.length > 0 ? [{ field: "accesses", reason: "import-refused" }] : [];
  await renderStaffPage(
    ctx,
    staff,
    refusals.length > 0 ? 422 : 200,
    "backoffice/staff-import-preview",
    {
      form: { action: path, values: { accesses }, problems: refusals },
      correctAction: `${path}/preview`,
      count: opened.length,
      people: new Set(opened.map(({ email }) => email)).size,
      alreadyOpen: alreadyOpen.length,
      problemCount: problems.length,
      opened: opened.slice(0, mostShown).map(shown),
      problems: problems.slice(0, mostShown).map(({ line, column, found, reason, details }) => ({
        ...{ line: String(line), column, found: found.slice(0, 100), problem: reason },
        details: details ?? {},
      })),
    },
  );
}
