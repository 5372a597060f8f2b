import type { Command } from "commander";
import type { Account } from "../accounts/index.ts";
import { importAccounts } from "./account-import.ts";
import type { Application } from "../application.ts";
import { accountArgument } from "./arguments.ts";
import { type Answer, type CommandProblem, failed, listed, shown } from "./answer.ts";
import { columns, namedValues } from "./columns.ts";
import { addSaveCommand } from "./export-command.ts";
import { codeText, issueEnrolmentCode } from "./enrolment-code.ts";
import type { CommandRun } from "./command-run.ts";
import {
  accessCells,
  accessHeader,
  accessView,
  accountCells,
  accountHeader,
  accountView,
} from "./views.ts";
import { instantText } from "./instants.ts";

/** How many accounts are read, and printed, at a time. */
const pageRows = 500;

/** `lopauth account …`. */
export function addAccountCommands(account: Command, run: CommandRun): void {
  const add = (
    name: string,
    description: string,
    work: (application: Application, found: Account) => Promise<Answer>,
  ) =>
    account
      .command(name)
      .description(description)
      .argument("<email>", "the address of the account")
      .action((email: string) =>
        run.withApplication((application) => withAccount(application, email, work)),
      );
  account
    .command("list")
    .description("every account, by address")
    .action(() => run.withApplication((application) => Promise.resolve(listAccounts(application))));
  addImport(account, run);
  addSaveCommand(account, "export", "accounts", run);
  add("show", "one account, with its accesses past and present", showAccount);
  add("disable", "refuse sign-in and end every session and token at once", disableAccount);
  add("enable", "let a disabled account sign in again", enableAccount);
  add(
    "reset-second-factor",
    "take its second factors away, for who lost them and the recovery codes",
    resetSecondFactor,
  );
  add("delete", "close its accesses, with a mail, and erase who it was", deleteAccount);
}

function addImport(account: Command, run: CommandRun): void {
  account
    .command("import")
    .description("make the accounts of a list, all or none, without a password and without a mail")
    .argument(
      "<file>",
      "CSV, .xlsx or JSON lines with the columns of `export accounts`; email, given_name and family_name at least",
    )
    .option("--dry-run", "show what it would do, and do nothing")
    .action((file: string, options: { readonly dryRun?: boolean }) =>
      run.withApplication((application) => importAccounts(application, file, options)),
    );
}

function listAccounts({ administration }: Application): Answer {
  return listed({
    pages: pagesOf((after) => administration.list(after, pageRows)),
    header: accountHeader,
    cells: accountCells,
    view: accountView,
    none: "There is no account.",
  });
}

async function* pagesOf(read: (after: string) => Promise<Account[]>): AsyncGenerator<Account[]> {
  let after = "";
  for (;;) {
    const page = await read(after);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < pageRows) return;
    after = last.email;
  }
}

async function withAccount(
  application: Application,
  email: string,
  work: (application: Application, account: Account) => Promise<Answer>,
): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const account = await accountArgument(application, email, problems);
  return account ? work(application, account) : failed("nothing was done", problems);
}

async function showAccount({ accesses }: Application, account: Account): Promise<Answer> {
  const entries = await accesses.list({ accountId: account.id });
  const text = namedValues({
    email: account.email,
    name: `${account.givenName} ${account.familyName}`,
    sub: account.sub,
    state: account.state,
    role: account.role,
    language: account.locale,
    client: account.clientId,
    validated: instantText(account.emailVerifiedAt),
    created: instantText(account.createdAt),
    updated: instantText(account.updatedAt),
  });
  const rows = [accessHeader, ...entries.map(accessCells)].map(([, ...row]) => row);
  const history = entries.length > 0 ? columns()(rows) : "No access was ever opened to it.";
  const view = { ...accountView(account), accesses: entries.map(accessView) };
  return shown(view, `${text}\n${history}`);
}

async function disableAccount(application: Application, account: Account): Promise<Answer> {
  const changed = await setState(application, account, "disabled");
  const text = changed
    ? `${account.email} is disabled: its sessions and tokens have ended.`
    : `${account.email} was disabled already.`;
  return shown({ email: account.email, state: "disabled", changed }, text);
}

async function enableAccount(application: Application, account: Account): Promise<Answer> {
  const changed = await setState(application, account, "active");
  const text = changed
    ? `${account.email} is enabled: it may sign in again.`
    : `${account.email} was enabled already.`;
  return shown({ email: account.email, state: "active", changed }, text);
}

async function setState(
  application: Application,
  { email }: Account,
  state: Account["state"],
): Promise<boolean> {
  const { accepted: changed } = await application.administration.setState(email, state, "operator");
  return changed;
}

async function resetSecondFactor(application: Application, account: Account): Promise<Answer> {
  const { email } = account;
  const { accepted: changed } = await application.secondFactors.reset(account, "operator");
  const text = changed
    ? `${email} has no second factor now, and its sessions have ended: the next sign-in asks what it must.`
    : `${email} had no second factor.`;
  const code =
    account.role === undefined ? undefined : await issueEnrolmentCode(application, account);
  const document = { email, changed, ...(code === undefined ? {} : { enrolment_code: code }) };
  return shown(document, `${text}${codeText(code)}`);
}

async function deleteAccount(application: Application, account: Account): Promise<Answer> {
  const outcome = await application.deleteAccount({ account, by: "operator" });
  if (!outcome.accepted) return failed(`${account.email} was deleted by somebody else meanwhile`);
  const closed = outcome.value;
  const count = `${closed.length} ${closed.length === 1 ? "access was" : "accesses were"} closed`;
  const document = { email: account.email, sub: account.sub, closed };
  return shown(document, `${account.email} is deleted; ${count}.`);
}
