import type { Context } from "koa";
import {
  type AccessLine,
  type ImportChoices,
  type ImportPreview,
  type Siret,
  formatSiret,
  proposalBox,
} from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import type { PageModels } from "../web/index.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { renderStaffPage } from "./staff-page.ts";

/** Where lists are imported. */
export const importPath = "/admin/import";

/** How many lines of each kind are shown; all are counted. */
const mostShown = 200;
/** A longer list is corrected where it comes from. */
const longestCorrected = 200_000;

type Model = PageModels["backoffice/staff-import-preview"];

/** What a list would do, line by line, and the boxes that let it be done otherwise. */
export async function showImportPreview(
  ctx: Context,
  staff: StaffMember,
  preview: ImportPreview,
  choices: ImportChoices,
  isAct = false,
): Promise<void> {
  const { text, problems } = preview;
  const isRefused = problems.length > 0 && (isAct || !choices.onlyRight);
  const isShort = text.length <= longestCorrected;
  const field = isShort ? "accesses" : "file";
  const refusals: Problem[] = isRefused ? [{ field, reason: "import-refused" }] : [];
  const values = {
    accesses: text,
    invite: choices.invite ? "on" : "",
    only_right: choices.onlyRight ? "on" : "",
    skip_columns: choices.skipUnknown ? "on" : "",
  };
  await renderStaffPage(ctx, staff, isRefused ? 422 : 200, "backoffice/staff-import-preview", {
    form: { action: importPath, values, problems: refusals },
    correctAction: `${importPath}/preview`,
    rejectedAction: `${importPath}/rejected`,
    isShort,
    ...counted(preview),
    ...shownLines(ctx, preview, choices),
    ...shownProblems(preview, choices),
    unreadColumns: preview.unreadColumns,
    unreadSheets: preview.unreadSheets,
  });
}

function counted(preview: ImportPreview) {
  const { opened, invited, alreadyOpen, withoutAccount } = preview;
  const wrong = preview.problems.filter(({ reason }) => reason !== "account-unknown");
  return {
    count: opened.length,
    people: new Set([...opened, ...invited].map(({ email }) => email)).size,
    alreadyOpen: alreadyOpen.length,
    problemCount: new Set(wrong.map(({ line }) => line)).size,
    // A list that could not be read has no rows to give back.
    leftCount:
      preview.rows.length === 0 ? 0 : new Set(preview.problems.map(({ line }) => line)).size,
    withoutAccount: withoutAccount.length,
    addresses: new Set(withoutAccount.map(({ email }) => email)).size,
    rightCount: opened.length + invited.length,
  };
}

function shownLines(
  ctx: Context,
  preview: ImportPreview,
  { invite }: ImportChoices,
): Pick<Model, "verdicts" | "mailed"> {
  const { until } = moments(ctx);
  const shown = ({ line, email, siret, name, untilAt }: AccessLine) => ({
    ...{ line: String(line), email, formatted: formatSiret(siret), name },
    until: untilAt === undefined ? undefined : until(untilAt),
  });
  const { opened, invited } = preview;
  const byVerdict: readonly (readonly [string, readonly AccessLine[]])[] = [
    ["to-open", opened],
    ["to-invite", invited],
    ["without-account", invite ? [] : preview.withoutAccount],
    ["already-open", preview.alreadyOpen],
    ["already-invited", preview.alreadyInvited],
    ["repeated", preview.repeated],
    ["ended", preview.ended],
  ];
  const verdicts = byVerdict.flatMap(([verdict, lines]) =>
    lines.length > 0
      ? [{ verdict, count: lines.length, lines: lines.slice(0, mostShown).map(shown) }]
      : [],
  );
  const byEmail = Map.groupBy([...opened, ...invited], ({ email }) => email);
  const mailed = [...byEmail].slice(0, mostShown).map(([email, own]) => {
    return { email, count: own.length };
  });
  return { verdicts, mailed };
}

/** Addresses without account are a verdict of their own, not a thing to correct. */
function shownProblems(
  { problems: all }: ImportPreview,
  { taken }: ImportChoices,
): Pick<Model, "problems" | "unknownColumns" | "taken"> {
  const problems = all.filter(({ reason }) => reason !== "account-unknown");
  const proposedOf = (siret: Siret | undefined) =>
    siret && !taken?.has(siret)
      ? { field: proposalBox(siret), formatted: formatSiret(siret) }
      : undefined;
  return {
    problems: problems.slice(0, mostShown).map(({ line, column, found, reason, details }) => ({
      ...{ line: String(line), column, found: found.slice(0, 100), problem: reason },
      details: details ?? {},
      proposed: proposedOf(details?.["proposed"] as Siret | undefined),
    })),
    unknownColumns: problems
      .filter(({ reason }) => reason === "column-unknown")
      .map(({ found }) => found),
    taken: [...(taken ?? [])].map(proposalBox),
  };
}
