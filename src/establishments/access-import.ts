import type { AccountStore } from "../accounts/index.ts";
import type { Clock, Problem } from "../foundation/index.ts";
import type { OpenRefusal, Opening } from "./access-commands.ts";
import {
  type AccessLine,
  type ListProblem,
  type ListReason,
  readAccessList,
} from "./access-list.ts";
import type { Accesses } from "./accesses.ts";

/** A line whose account is known. */
export type LineOpening = AccessLine & Opening;

/** Why a line is not opened. */
export type ImportReason = ListReason | OpenRefusal | "account-unknown";

/** What an import would do, or did. */
export interface ImportDifference {
  readonly opened: readonly LineOpening[];
  readonly alreadyOpen: readonly LineOpening[];
}

/** What came of an import: nothing was opened when there is a problem. */
export type ImportOutcome =
  | { readonly done: ImportDifference; readonly problems?: undefined }
  | { readonly done?: undefined; readonly problems: readonly ListProblem<ImportReason>[] };

/** Opens the accesses of a list, all or none, with one mail a person. */
export interface AccessImport {
  /** What the right lines would open, and every problem of the others, in the order of lines. */
  readonly preview: (
    text: string,
  ) => Promise<ImportDifference & { readonly problems: readonly ListProblem<ImportReason>[] }>;
  /** @param by `operator`, or the `sub` of a member of staff */
  readonly run: (text: string, by: string) => Promise<ImportOutcome>;
}

/** Builds it on the accesses; shared by the command line and the back office. */
export function createAccessImport(parts: {
  readonly accounts: Pick<AccountStore, "findAllByEmail">;
  readonly accesses: Accesses;
  readonly clock: Clock;
}): AccessImport {
  const read = async (text: string) => {
    const { lines, problems: found } = readAccessList(text, parts.clock.epochSeconds());
    const problems: ListProblem<ImportReason>[] = [...found];
    const openings = await withAccounts(parts.accounts, lines, problems);
    const preview = await previewOf(parts.accesses, openings, problems);
    problems.sort((left, right) => left.line - right.line);
    return { openings, preview, problems };
  };
  return {
    preview: async (text) => {
      const { preview, problems } = await read(text);
      return { ...preview, problems };
    },
    run: async (text, by) => {
      const { openings, problems } = await read(text);
      if (problems.length > 0) return { problems };
      const outcome = await parts.accesses.openAll({ openings, by });
      if (outcome.accepted) return { done: outcome.value };
      return { problems: openingProblems(outcome.problems, openings) };
    },
  };
}

async function withAccounts(
  accounts: Pick<AccountStore, "findAllByEmail">,
  lines: readonly AccessLine[],
  problems: ListProblem<ImportReason>[],
): Promise<LineOpening[]> {
  const emails = [...new Set(lines.map(({ email }) => email))];
  const found = await accounts.findAllByEmail(emails);
  const known = new Map(found.map((account) => [account.email, account]));
  return lines.flatMap((line) => {
    const account = known.get(line.email);
    if (account) return [{ ...line, account }];
    const place = { line: line.line, column: "email", found: line.email };
    problems.push({ ...place, reason: "account-unknown" });
    return [];
  });
}

/** What the right lines would open; the others are added to `problems`. */
async function previewOf(
  accesses: Accesses,
  openings: readonly LineOpening[],
  problems: ListProblem<ImportReason>[],
): Promise<ImportDifference> {
  const outcome = await accesses.preview({ openings, by: "" });
  if (outcome.accepted) return outcome.value;
  problems.push(...openingProblems(outcome.problems, openings));
  const wrong = new Set(outcome.problems.map(({ details }) => details?.["opening"]));
  const right = openings.filter((_, place) => !wrong.has(place));
  return previewOf(accesses, right, problems);
}

function openingProblems(
  problems: readonly Problem<OpenRefusal>[],
  openings: readonly LineOpening[],
): ListProblem<ImportReason>[] {
  return problems.map(({ field, reason, details }) => {
    const opening = openings[Number(details?.["opening"])];
    const values: Record<string, string | undefined> = {
      name: opening?.name,
      reason: opening?.reason,
    };
    return {
      line: opening?.line ?? 1,
      column: field === "untilAt" ? "until" : (field ?? "email"),
      found: values[field ?? ""] ?? opening?.email ?? "",
      reason,
      ...(details && { details: { maximum: Number(details["maximum"] ?? 0) } }),
    };
  });
}
