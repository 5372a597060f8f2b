import { Readable } from "node:stream";
import { AppError } from "../foundation/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { exportFormats, exportedLines, exportedTables } from "./exports.ts";
import { renderStaffPage } from "./staff-page.ts";
import type { StaffRouter } from "./staff-router.ts";
import { recordAct } from "./subject.ts";

/** Where the register is saved as files. */
export const exportPath = "/admin/export";

/**
 * `/admin/export`: saves the accounts, the accesses, the invitations that wait and the requests as files. What leaves the house so is itself an act
 * that is recorded, so it is asked for by a form.
 */
export function exportRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const fresh = { role: "agent", fresh: true } as const;
  routes.page(exportPath, fresh, (ctx, staff) =>
    renderStaffPage(ctx, staff, 200, "backoffice/staff-export", {
      tables: exportedTables.map((name) => ({
        name,
        csvAction: `${exportPath}/${name}/csv`,
        jsonAction: `${exportPath}/${name}/jsonl`,
      })),
    }),
  );
  const proven = { role: "agent", fresh: "proven" } as const;
  routes.act(`${exportPath}/:table/:format`, proven, async (ctx, staff) => {
    const table = exportedTables.find((each) => each === ctx.params["table"]);
    const format = (["csv", "jsonl"] as const).find((each) => each === ctx.params["format"]);
    if (!table || !format) throw new AppError("not-found", { status: 404 });
    await recordAct(ctx, parts, staff, { name: "register-exported", details: { table, format } });
    ctx.status = 200;
    ctx.attachment(`${table}.${format}`);
    ctx.type = exportFormats[format].type;
    ctx.body = Readable.from(exportedLines(parts, table, format));
  });
}
