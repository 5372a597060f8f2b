import type { Account } from "../accounts/index.ts";
import type { Application } from "../application.ts";

/** Makes the code with which a member of staff turns their first second factor on. @returns undefined where none is needed */
export async function issueEnrolmentCode(
  application: Application,
  { sub }: Pick<Account, "sub">,
): Promise<string | undefined> {
  const outcome = await application.secondFactors.staff.issue({ sub }, "operator");
  return outcome.accepted ? outcome.value : undefined;
}

/** What is said of a code, this once. */
export function codeText(code: string | undefined): string {
  if (code === undefined) return "";
  return `
Enrolment code: ${code}
Hand it over in person: the first sign-in to the back office asks for it, beside the password. It is good for 24 hours, and is not shown again.`;
}
