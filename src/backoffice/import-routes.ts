import type { Context } from "koa";
import {
  type ImportChoices,
  type ImportPreview,
  createAccessImport,
  rejectedRows,
  tickedProposals,
} from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { mostFileBytes } from "../spreadsheets/index.ts";
import { formFields, refusedStatus, wordsOf, seeOther } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { importPath, showImportPreview } from "./import-preview.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryNumber, queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";

const fresh = { role: "agent", fresh: true } as const;

/**
 * `/admin/import`: opens the accesses of a list, a file or a pasted text, all or none unless told. What it would
 * do is shown first, line by line; the form of that page carries the list, which is judged again when it is sent.
 */
export function importRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const accessImport = createAccessImport(parts);
  const act = (path: string, answer: ListAnswer) =>
    routes.act(path, fresh, withList(answer), mostFileBytes);
  routes.page(importPath, fresh, (ctx, staff) => showForm(ctx, staff, []));
  act(`${importPath}/preview`, async (ctx, staff, { list, choices }) => {
    const preview = await accessImport.preview(list, staff.account.sub, choices);
    await showImportPreview(ctx, staff, preview, choices);
  });
  act(`${importPath}/rejected`, async (ctx, staff, { list, choices }) => {
    sendRejected(ctx, await accessImport.preview(list, staff.account.sub, choices));
  });
  act(importPath, async (ctx, staff, { list, choices }) => {
    const { preview, done } = await accessImport.run(list, staff.account.sub, choices);
    if (!done) return showImportPreview(ctx, staff, preview, choices, true);
    seeOther(ctx, importPath, {
      ...{ done: "imported", changed: done.opened.length },
      unchanged: done.alreadyOpen.length + done.alreadyInvited.length,
      invited: done.invited.length,
      left: new Set(preview.problems.map(({ line }) => line)).size,
    });
  });
}

/** What is done with a list that was sent. */
type ListAnswer = (
  ctx: Context,
  staff: StaffMember,
  sent: { readonly list: Uint8Array | string; readonly choices: ImportChoices },
) => Promise<void>;

/** Without a list the form is shown again. */
function withList(answer: ListAnswer): StaffAnswer {
  return (ctx, staff) => {
    const { text, file, choices } = sentList(ctx);
    if (file?.length === 0) return showForm(ctx, staff, [fileEmpty], text);
    const list = file ?? text;
    return list === undefined
      ? showForm(ctx, staff, [missing])
      : answer(ctx, staff, { list, choices });
  };
}

const missing: Problem = { field: "accesses", reason: "import-missing" };
const fileEmpty: Problem = { field: "file", reason: "import-file-empty" };

/** The list that was sent, of which a chosen file comes before a text, and what is to be done with it. */
function sentList(ctx: Context): {
  readonly text: string | undefined;
  readonly file: Uint8Array | undefined;
  readonly choices: ImportChoices;
} {
  const boxes = ["invite", "only_right", "skip_columns"] as const;
  const { accesses, ...ticked } = formFields(ctx.request.body, ["accesses", ...boxes]);
  const file = ctx.request.files?.get("file")?.bytes;
  const text = accesses.trim() === "" ? undefined : accesses;
  const choices = {
    invite: ticked.invite !== "",
    onlyRight: ticked.only_right !== "",
    skipUnknown: ticked.skip_columns !== "",
    taken: new Set(tickedProposals(ctx.request.body)),
  };
  return { text, file, choices };
}

async function showForm(
  ctx: Context,
  staff: StaffMember,
  problems: readonly Problem[],
  accesses = "",
): Promise<void> {
  const status = problems.length > 0 ? refusedStatus(ctx, problems) : 200;
  await renderStaffPage(ctx, staff, status, "backoffice/staff-import", {
    form: { action: `${importPath}/preview`, values: { accesses }, problems },
    done: queryValue(ctx, "done") === "imported",
    changed: queryNumber(ctx, "changed"),
    unchanged: queryNumber(ctx, "unchanged"),
    invited: queryNumber(ctx, "invited"),
    left: queryNumber(ctx, "left"),
  });
}

/** The rows to correct, as a file that can be imported once they are. */
function sendRejected(ctx: Context, preview: ImportPreview): void {
  const t = wordsOf(ctx);
  ctx.attachment("a-corriger.csv");
  ctx.type = "text/csv; charset=utf-8";
  ctx.body = rejectedRows(preview, t("staff-import.rejected.title"), ({ reason, details }) =>
    t(`import.problem.${reason}`, details ?? {}),
  );
}
