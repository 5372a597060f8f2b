import type { AccountStore } from "../accounts/index.ts";
import type { Clock, Problem } from "../foundation/index.ts";
import { type OpenRefusal, type Opening, checkOpenings } from "./access-commands.ts";
import { type AccessListFile, readListFile } from "./access-list-file.ts";
import type { AccessLine, ListChoices } from "./access-list.ts";
import type { ListProblem, ListReason } from "./list-problem.ts";
import type { Accesses } from "./accesses.ts";
import type { InviteRefusal } from "./invitation.ts";
import type { InvitedWithin } from "./invitation.ts";
import type { Invitations } from "./invitations.ts";

/** A line whose account is known. */
export type LineOpening = AccessLine & Opening;

/** Why a line is not opened. */
export type ImportReason = ListReason | OpenRefusal | InviteRefusal | "account-unknown";

/** What is to be done with a list beyond the rule: all lines or none, and nobody is invited. */
export interface ImportChoices extends ListChoices {
  /** Whether addresses without account are invited; else each of their lines is a problem. */
  readonly invite?: boolean | undefined;
  /** Whether the lines that are right are carried out although others are not. */
  readonly onlyRight?: boolean | undefined;
}

/** What an import would do, or did, line by line. */
export interface ImportDifference {
  readonly opened: readonly LineOpening[];
  readonly alreadyOpen: readonly LineOpening[];
  readonly invited: readonly AccessLine[];
  readonly alreadyInvited: readonly AccessLine[];
}

/** What a list says, what its right lines would do, and every problem of the others, in the order of lines. */
export interface ImportPreview
  extends ImportDifference, Omit<AccessListFile, "lines" | "problems"> {
  /** Lines of addresses that have no account, invited or not. */
  readonly withoutAccount: readonly AccessLine[];
  readonly problems: readonly ListProblem<ImportReason>[];
}

/** What came of an import; when nothing was done, why. */
export interface ImportOutcome {
  readonly preview: ImportPreview;
  /** Absent when nothing was done. */
  readonly done?: ImportDifference | undefined;
}

/** Opens the accesses of a list, with one mail a person: all or none, unless `onlyRight`. */
export interface AccessImport {
  /**
   * @param list a file as it was saved, or its text
   * @param by who would do it: what they may not is a problem of its line
   */
  readonly preview: (
    list: Uint8Array | string,
    by: string,
    choices?: ImportChoices,
  ) => Promise<ImportPreview>;
  /** @param by `operator`, or the `sub` of a member of staff */
  readonly run: (
    list: Uint8Array | string,
    by: string,
    choices?: ImportChoices,
  ) => Promise<ImportOutcome>;
}

interface ImportParts {
  readonly accounts: Pick<AccountStore, "findAllByEmail">;
  readonly accesses: Accesses;
  readonly invitations: Invitations;
  readonly clock: Clock;
}

/** Builds it on the accesses and invitations; shared by the command line and the back office. */
export function createAccessImport(parts: ImportParts): AccessImport {
  const preview: AccessImport["preview"] = async (list, by, choices = {}) => {
    const now = parts.clock.epochSeconds();
    const { lines, problems: found, ...file } = await readListFile({ list, now, choices });
    const problems: ListProblem<ImportReason>[] = [...found];
    const { openings, withoutAccount } = await withAccounts(parts.accounts, lines);
    if (!choices.invite) problems.push(...withoutAccount.map(unknownAccount));
    const opening = await openingPreview(parts.accesses, openings, by, problems);
    const inviting = choices.invite
      ? await invitingPreview(parts.invitations, withoutAccount, problems)
      : { invited: [], alreadyInvited: [] };
    problems.sort((left, right) => left.line - right.line);
    return { ...file, ...opening, ...inviting, withoutAccount, problems };
  };
  return {
    preview,
    run: async (list, by, choices = {}) => {
      const read = await preview(list, by, choices);
      if (read.problems.length > 0 && !choices.onlyRight) return { preview: read };
      const done = await carryOut(parts, read, by);
      if ("done" in done) return { preview: read, ...done };
      const problems = [...read.problems, ...done.problems];
      return { preview: { ...read, problems } };
    },
  };
}

/** Opens and invites in one transaction. What became wrong since the list was read ends it. */
async function carryOut(
  { accesses, invitations }: ImportParts,
  read: ImportPreview,
  by: string,
): Promise<{ done: ImportDifference } | { problems: ListProblem<ImportReason>[] }> {
  const openings = [...read.opened, ...read.alreadyOpen];
  const invites = [...read.invited, ...read.alreadyInvited];
  let invited: InvitedWithin | undefined;
  try {
    const opened = await accesses.openAll({
      ...{ openings, by },
      within: async (transaction) => {
        const outcome = await invitations.inviteWithin(transaction, { invites, by });
        if (!outcome.accepted) throw new RefusedInvites(outcome.problems);
        invited = outcome.value;
      },
    });
    if (!opened.accepted) return { problems: lineProblems(opened.problems, openings) };
    await invited?.announce();
    return { done: { ...opened.value, ...parted(invites, invited?.invited ?? []) } };
  } catch (error) {
    if (!(error instanceof RefusedInvites)) throw error;
    return { problems: lineProblems(error.problems, invites) };
  }
}

/** Undoes the transaction that it is thrown in. */
class RefusedInvites extends Error {
  readonly problems: readonly Problem<InviteRefusal>[];

  constructor(problems: readonly Problem<InviteRefusal>[]) {
    super("an invitation was refused");
    this.problems = problems;
  }
}

async function withAccounts(
  accounts: Pick<AccountStore, "findAllByEmail">,
  lines: readonly AccessLine[],
): Promise<{ openings: LineOpening[]; withoutAccount: AccessLine[] }> {
  const found = await accounts.findAllByEmail([...new Set(lines.map(({ email }) => email))]);
  const known = new Map(found.map((account) => [account.email, account]));
  const openings: LineOpening[] = [];
  const withoutAccount: AccessLine[] = [];
  for (const line of lines) {
    const account = known.get(line.email);
    if (account) openings.push({ ...line, account });
    else withoutAccount.push(line);
  }
  return { openings, withoutAccount };
}

function unknownAccount({ line, email }: AccessLine): ListProblem<ImportReason> {
  return { line, column: "email", found: email, reason: "account-unknown" };
}

/** What the right lines would open; the others are added to `problems`. */
async function openingPreview(
  accesses: Accesses,
  openings: readonly LineOpening[],
  by: string,
  problems: ListProblem<ImportReason>[],
): Promise<Pick<ImportDifference, "opened" | "alreadyOpen">> {
  const outcome = await accesses.preview({ openings, by });
  if (outcome.accepted) return outcome.value;
  problems.push(...lineProblems(outcome.problems, openings));
  const wrong = new Set(outcome.problems.map(({ details }) => details?.["opening"]));
  const right = openings.filter((_, place) => !wrong.has(place));
  return openingPreview(accesses, right, by, problems);
}

/** The account of who is invited. */
const nobody = { id: 0 };

/** What the right lines would invite; the others are added to `problems`. */
async function invitingPreview(
  invitations: Invitations,
  lines: readonly AccessLine[],
  problems: ListProblem<ImportReason>[],
): Promise<Pick<ImportDifference, "invited" | "alreadyInvited">> {
  const checked = checkOpenings({ openings: lines.map((line) => ({ ...line, account: nobody })) });
  const found = checked.accepted ? [] : checked.problems;
  problems.push(...lineProblems(found, lines));
  const wrong = new Set(found.map(({ details }) => details?.["opening"]));
  const invites = lines.filter((_, place) => !wrong.has(place));
  const waiting = await invitations.waiting(invites.map(({ email }) => email));
  const { invited: alreadyInvited, alreadyInvited: invited } = parted(invites, waiting);
  return { invited, alreadyInvited };
}

/** Those of the lines that are among these invitations, and the others. */
function parted(
  lines: readonly AccessLine[],
  among: readonly { readonly email?: string; readonly siret: string }[],
): Pick<ImportDifference, "invited" | "alreadyInvited"> {
  const keys = new Set(among.map(({ email, siret }) => `${email ?? ""} ${siret}`));
  const isAmong = ({ email, siret }: AccessLine) => keys.has(`${email} ${siret}`);
  return {
    invited: lines.filter(isAmong),
    alreadyInvited: lines.filter((line) => !isAmong(line)),
  };
}

/** The problems of a command, said of the lines it was made of. */
function lineProblems(
  problems: readonly Problem<OpenRefusal | InviteRefusal>[],
  lines: readonly AccessLine[],
): ListProblem<ImportReason>[] {
  return problems.map(({ field = "email", reason, details }) => {
    const line = lines[Number(details?.["opening"])];
    return {
      line: line?.line ?? 1,
      column: field === "untilAt" ? "until" : field,
      found: line ? typedIn(line, field) : "",
      reason,
      ...(details && { details: { maximum: Number(details["maximum"] ?? 0) } }),
    };
  });
}

/** What a line says in a field; its address, where it says nothing there. */
function typedIn(line: AccessLine, field: string): string {
  const values: Record<string, string | undefined> = { name: line.name, reason: line.reason };
  return values[field] ?? line.email;
}
