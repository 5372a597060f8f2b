import type { AccountStore } from "../accounts/index.ts";
import {
  type Audit,
  type AuditEntry,
  type AuditFilter,
  csvHeader,
  csvLine,
  jsonLine,
} from "../audit/index.ts";
import { namesOf } from "./shown.ts";

const formats = {
  csv: { header: csvHeader, line: csvLine },
  jsonl: { header: "", line: jsonLine },
} as const;

/** So many are named in one statement. */
const named = 500;

/** The lines of the audit in a format, read page by page: however long it is, little of it is in memory. */
export async function* auditLines(
  parts: { readonly accounts: Pick<AccountStore, "findAllBySub">; readonly audit: Audit },
  format: keyof typeof formats,
  filter: AuditFilter = {},
): AsyncGenerator<string> {
  const { header, line } = formats[format];
  if (header !== "") yield header;
  const page: AuditEntry[] = [];
  const written = async () => {
    const people = page.flatMap(({ sub, actor }) => [sub, actor]);
    const names = await namesOf(parts.accounts, people);
    return page.splice(0).map((entry) => line(entry, names));
  };
  for await (const entry of parts.audit.all(filter)) {
    if (page.push(entry) === named) yield* await written();
  }
  yield* await written();
}
