import { type Command, Option } from "commander";
import { type StaffRole, staffRoles } from "../accounts/index.ts";
import type { Application } from "../application.ts";
import { type Answer, type CommandProblem, failed, listed, shown } from "./answer.ts";
import { accountArgument } from "./arguments.ts";
import { codeText, issueEnrolmentCode } from "./enrolment-code.ts";
import type { CommandRun } from "./command-run.ts";
import { accountCells, accountHeader, accountView } from "./views.ts";

/** `lopauth staff …`. */
export function addStaffCommands(staff: Command, run: CommandRun): void {
  const role = new Option("--role <role>", "what the member of staff may do");
  staff
    .command("add")
    .description("make the person of an account a member of staff, or change the role")
    .argument("<email>", "the address of the account")
    .addOption(role.choices(staffRoles).makeOptionMandatory())
    .action((email: string, options: { readonly role: StaffRole }) =>
      run.withApplication((application) => addStaff(application, email, options.role)),
    );
  staff
    .command("remove")
    .description("take the role away; the account stays")
    .argument("<email>", "the address of the account")
    .action((email: string) =>
      run.withApplication((application) => removeStaff(application, email)),
    );
  staff
    .command("list")
    .description("every member of staff")
    .action(() => run.withApplication(listStaff));
}

async function addStaff(application: Application, typed: string, role: StaffRole): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const account = await accountArgument(application, typed, problems);
  if (!account) return failed("nobody was added", problems);
  const { email, role: former } = account;
  const { accepted: changed } = await application.administration.setRole(email, role, "operator");
  const was = former === undefined ? "" : ` (was ${former})`;
  const text = changed ? `${email} is ${role}${was}.` : `${email} was ${role} already.`;
  const code = await issueEnrolmentCode(application, account);
  return shown({ email, role, changed, enrolment_code: code ?? null }, `${text}${codeText(code)}`);
}

async function removeStaff(application: Application, typed: string): Promise<Answer> {
  const problems: CommandProblem[] = [];
  const account = await accountArgument(application, typed, problems);
  if (!account) return failed("nobody was removed", problems);
  const { email } = account;
  const { accepted: changed } = await application.administration.setRole(
    email,
    undefined,
    "operator",
  );
  const text = changed ? `${email} is no longer staff.` : `${email} was not staff.`;
  return shown({ email, role: null, changed }, text);
}

async function listStaff({ administration }: Application): Promise<Answer> {
  return listed({
    pages: [await administration.staff()],
    header: accountHeader,
    cells: accountCells,
    view: accountView,
    none: "There is no member of staff.",
  });
}
