import type {
  AccountImportReason,
  AccountImported,
  AccountListProblem,
} from "../accounts/index.ts";
import { accountListColumns } from "../accounts/index.ts";
import type { Application } from "../application.ts";
import { readAccessFile } from "./access-file.ts";
import { type Answer, type CommandProblem, excerpt, failed, quoted, shown } from "./answer.ts";
import { argumentRules } from "./arguments.ts";
import { columns } from "./columns.ts";
import { listRules } from "./list-rules.ts";
import { unreadParts } from "./unread-parts.ts";

/** `lopauth account import`: makes the accounts of a list, all or none. The dry run shows what it would do. */
export async function importAccounts(
  { importAccounts: carryOut }: Application,
  file: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<Answer> {
  const nothing = dryRun ? "nothing would be imported" : "nothing was imported";
  const read = await readAccessFile(file);
  if ("problem" in read) return failed(nothing, [read.problem]);
  const imported = await carryOut({ file: read.bytes, by: "operator", dryRun });
  const failure = failed(nothing, imported.problems.map(problemOf));
  if (imported.problems.length === 0) return answer(imported, dryRun);
  return dryRun ? { ...answer(imported, dryRun), ...failure } : failure;
}

function answer({ made, already, ...imported }: AccountImported, dryRun: boolean): Answer {
  const doing = dryRun ? "to import" : "imported";
  const rows = [
    ...made.map(({ line, email, role }) => [doing, `line ${line}`, email, role ?? ""]),
    ...already.map(({ line: { line, email }, differs }) => {
      const kept = differs.length > 0 ? `left as it is: ${differs.join(", ")} differ` : "";
      return ["already there", `line ${line}`, email, kept];
    }),
  ];
  const summary = `${made.length} ${doing}, ${already.length} already there. Nobody is told by mail: each sets a password by « Récupérer mon mot de passe ».`;
  const unread = unreadParts(imported);
  const document = {
    dry_run: dryRun,
    [dryRun ? "to_import" : "imported"]: made.map(({ line, email, role }) => ({
      ...{ line, email, role: role ?? null },
    })),
    already_there: already.map(({ line: { line, email }, differs }) => ({ line, email, differs })),
    ...unread.document,
  };
  return shown(document, `${columns()(rows)}${unread.notes}${summary}`);
}

function problemOf(problem: AccountListProblem<AccountImportReason>): CommandProblem {
  const { line, column, found, reason, details = {} } = problem;
  const said = (name: string) => String(details[name] ?? "");
  const rules: Readonly<Record<AccountImportReason, string>> = {
    ...argumentRules,
    ...listRules,
    "column-missing": `must have a column ${said("column")}`,
    "column-unknown": `must have only the columns ${accountListColumns}`,
    "fields-too-many": "must be no more than the columns of the header",
    "given-name-missing": "must be given",
    "family-name-missing": "must be given",
    "given-name-character": "must have letters, spaces, hyphens, apostrophes and points alone",
    "family-name-character": "must have letters, spaces, hyphens, apostrophes and points alone",
    "given-name-letterless": "must have a letter",
    "family-name-letterless": "must have a letter",
    "name-too-long": "must have at most 100 characters",
    "sub-reserved": "is a word that says who acts (operator, retention, self, client:…)",
    "sub-malformed": "must be at most 255 characters of ASCII without a space",
    "state-unknown": "must be active or disabled",
    "role-unknown": "must be reader, agent or admin, or nothing",
    "locale-unknown": "must be fr or en",
    "instant-malformed":
      "must be an instant with its offset (2027-01-31T18:00:00Z) or of Paris (31/01/2027 18:00:00)",
    "instant-future": "must be in the past",
    "line-twice": `must stand there once: line ${said("other")} has it already`,
    "email-taken": "must be an address without account: another identifier has it",
    "sub-taken":
      "must be an identifier that no account has or had: it belongs to another address, or was deleted",
  };
  const plainly = ["list", "fields"].includes(column) || reason === "column-missing";
  return {
    line,
    argument: column,
    found: plainly ? excerpt(found) : quoted(found),
    rule: rules[reason],
  };
}
