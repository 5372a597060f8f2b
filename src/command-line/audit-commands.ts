import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Application } from "../application.ts";
import {
  type AuditEntry,
  type AuditFilter,
  type ChainFault,
  type HeadReason,
  type SignedHead,
  readable,
} from "../audit/index.ts";
import {
  type EmailAddress,
  type Outcome,
  accepted,
  parseEmailAddress,
  readSince,
} from "../foundation/index.ts";
import {
  type Answer,
  type CommandProblem,
  counted,
  failed,
  listed,
  quoted,
  shown,
} from "./answer.ts";
import { argumentProblem } from "./arguments.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

interface ListOptions {
  readonly account?: string;
  readonly since?: string;
}

/** How many events are read, and printed, at a time. */
const pageRows = 500;

/** `lopauth audit …`. */
export function addAuditCommands(audit: Command, run: CommandRun): void {
  audit
    .command("list")
    .description("every event, the oldest first")
    .option("--account <email>", "only those about the person of this address")
    .option(
      "--since <date>",
      "only from this day (2027-01-31, in Paris), or this instant with its offset, on",
    )
    .action((options: ListOptions) =>
      run.withApplication((application) => listEvents(application, options)),
    );
  audit
    .command("verify")
    .description("walk the chain: a removed, altered or inserted event is found")
    .option(
      "--head <file>",
      "heads that were kept elsewhere, one a line: the chain must go on from each",
    )
    .action((options: { head?: string }) =>
      run.withApplication((application) => verifyChain(application, options.head)),
    );
  audit
    .command("head")
    .description("where the chain ends, signed: to be kept elsewhere, for audit verify --head")
    .action(() => run.withApplication(tellHead));
  audit
    .command("vouch")
    .description(
      "accept, as who holds the keys, what stands in the chain without a key: compare it with the log first",
    )
    .action(() => run.withApplication(vouchForChain));
}

async function listEvents(application: Application, options: ListOptions): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const email = addressOf(options.account, problems);
  const since = sinceOf(options.since, problems);
  if (problems.length > 0) return failed("nothing was listed", problems);
  const person = email === undefined ? undefined : await personOf(application, email);
  return listed({
    pages: pagesOf(application, { person, since }),
    header: ["WHEN", "EVENT", "OUTCOME", "REASON", "PERSON", "BY", "CLIENT", "NETWORK", "DETAILS"],
    cells: eventCells,
    view: readable,
    none: "No event matches.",
  });
}

function addressOf(
  typed: string | undefined,
  problems: CommandProblem[],
): EmailAddress | undefined {
  if (typed === undefined) return undefined;
  const email = parseEmailAddress(typed);
  if (!email) problems.push(argumentProblem({ argument: "--account" }, typed, "email-malformed"));
  return email;
}

function sinceOf(typed: string | undefined, problems: CommandProblem[]): number | undefined {
  if (typed === undefined) return undefined;
  const since = readSince(typed);
  const rule =
    "must be a day (2027-01-31, from its beginning in Paris) or an instant with its offset (2027-01-31T18:00:00+01:00)";
  if (since === undefined) problems.push({ argument: "--since", found: quoted(typed), rule });
  return since;
}

/** By the address too: it may have been given before there was an account, or when there is none. */
async function personOf({ accounts }: Application, email: EmailAddress) {
  const found = await accounts.findByEmail(email);
  return { email, sub: found?.account.sub };
}

async function* pagesOf(
  { audit }: Application,
  filter: AuditFilter,
): AsyncGenerator<readonly AuditEntry[]> {
  let page: AuditEntry[] = [];
  for await (const entry of audit.all(filter)) {
    page.push(entry);
    if (page.length < pageRows) continue;
    yield page;
    page = [];
  }
  yield page;
}

function eventCells(entry: AuditEntry): string[] {
  return [
    instantText(entry.occurredAt),
    entry.name,
    entry.outcome,
    entry.reason ?? "",
    entry.sub ?? entry.addressReference ?? "",
    entry.actor ?? "",
    entry.clientId ?? "",
    entry.network ?? "",
    entry.details === undefined ? "" : JSON.stringify(entry.details),
  ];
}

/** What each fault means, for who has to act on it. */
const faults: Readonly<Record<ChainFault, string>> = {
  missing: "the event is missing: it was removed",
  "newer-form": "the event has a form that this build does not know: verify with a newer build",
  altered: "the event was altered after it was written",
  "broken-link": "the event does not follow the one before it: the chain was cut and joined",
  "not-in-chain": "the event stands outside of the chain: it was inserted by other hands",
  unkeyed:
    "the event bears no key: a build before 0.3.0 wrote it when its time was over, or other hands did",
  "key-unknown":
    "the event is signed by a key that is not given: add it to AUDIT_KEYS or ENCRYPTION_KEYS",
  truncated: "the chain ends before what is known of it: its last events were removed",
  "head-differs": "the event is not the one that the head kept elsewhere names: it was made anew",
  "beginning-unaccounted": "the chain begins here, and no purge accounts for what was before",
  "head-altered": "the head of the chain is not that of its last event",
};

async function tellHead({ audit, settings }: Application): Promise<Answer> {
  const head = await audit.signedHead(settings.issuer);
  return shown(head, JSON.stringify(head));
}

async function vouchForChain({ audit }: Application): Promise<Answer> {
  const { seq, hash } = await audit.vouch("operator");
  return shown({ seq, hash }, `The chain is vouched for up to event ${seq}, ${hash}.`);
}

const headRules: Readonly<Record<HeadReason, string>> = {
  "head-unreadable": 'must be a file of what "lopauth audit head" printed, one head a line',
  "head-key-unknown": "must be signed by a key of AUDIT_KEYS or ENCRYPTION_KEYS: add the older one",
  "head-forged": "must be as it was signed: it was altered",
};

async function keptHeads(
  { audit }: Application,
  file: string | undefined,
): Promise<Outcome<readonly SignedHead[], HeadReason>> {
  if (file === undefined) return accepted([]);
  const text = await readFile(file, "utf8").catch(() => "");
  return audit.readHeads(text);
}

async function verifyChain(application: Application, file: string | undefined): Promise<Answer> {
  const kept = await keptHeads(application, file);
  if (!kept.accepted) {
    const rule = headRules[kept.problems[0].reason];
    const problem = { argument: "--head", found: quoted(file ?? ""), rule };
    return failed("nothing was verified", [problem]);
  }
  const found = await application.audit.verify(kept.value);
  if (!found.intact) {
    const { seq, fault } = found;
    const problem = { argument: `event ${seq}`, found: fault, rule: "must be as it was written" };
    const { failure } = failed(`the audit is not intact: ${faults[fault]}`, [problem]);
    return { failure: { ...failure, problems: [{ seq, fault }] } };
  }
  const { events, erased, firstSeq, beforeKeys, ofOlderBuilds, head } = found;
  const text = `The audit is intact: ${counted(events, "event", "events")} from ${firstSeq} on, of which ${erased} had a personal part erased.
It ends at ${head.seq}, ${head.hash}: compare them with auditSeq and auditHash of the log.
${unkeyedText(beforeKeys, ofOlderBuilds)}${comparedText(kept.value, firstSeq)}`;
  return shown(
    {
      ...{ intact: true, events, erased, first_seq: firstSeq },
      ...{ before_keys: beforeKeys, of_older_builds: ofOlderBuilds },
      ...{ head_seq: head.seq, head_hash: head.hash },
    },
    text,
  );
}

function unkeyedText(beforeKeys: number, ofOlderBuilds: number): string {
  if (beforeKeys + ofOlderBuilds === 0) return "Every event is signed.";
  return `Not signed by themselves: ${beforeKeys} of before there were keys, ${ofOlderBuilds} of older builds beside this one.`;
}

function comparedText(heads: readonly SignedHead[], firstSeq: number): string {
  const newest = heads.toSorted((one, other) => other.seq - one.seq)[0];
  if (!newest) return "";
  if (newest.seq < firstSeq)
    return `\nThe head of ${newest.at} is older than the oldest event that is kept: there is nothing to compare.`;
  const all = heads.filter(({ seq }) => seq >= firstSeq).length;
  const others = all === 1 ? "" : `, and from ${all - 1} more`;
  return `\nIt goes on from the head of ${newest.at}${others}.`;
}
