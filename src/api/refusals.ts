import { shownValue } from "../clients/index.ts";
import type { OpenRefusal } from "../establishments/index.ts";
import type { Problem } from "../foundation/index.ts";
import { type Answer, problem } from "./problems.ts";

/** A cursor that is not ours, or of another list. */
export function unknownCursor(cursor: string | undefined): Answer {
  const found = shownValue(["cursor"], cursor);
  const expected = "the next_cursor of the page before, as it was given";
  return problem("parameters-invalid", { errors: [{ field: "cursor", found, expected }] });
}

/** No account has this address. Addresses that only an invitation reaches end here too. */
export function unknownAccount(email: string): Answer {
  const expected = "the address of an account: the person signs up first";
  const errors = [{ field: "email", found: shownValue(["email"], email), expected }];
  return problem("account-unknown", { errors });
}

/** What the room of establishments says to an opening that the validator let pass. */
export function refusedOpening(
  refusals: readonly Problem<OpenRefusal>[],
  { email, until }: { readonly email: string; readonly until: string | undefined },
): Answer {
  const [first] = refusals;
  if (first?.reason === "account-not-active") {
    const expected = "the address of an active account";
    const found = `${shownValue(["email"], email)}, which is disabled`;
    return problem("account-not-active", { errors: [{ field: "email", found, expected }] });
  }
  const errors = refusals.map(({ field, reason }) =>
    reason === "until-passed"
      ? { field: "until", found: shownValue(["until"], until), expected: "an instant to come" }
      : { field: field ?? "(the whole body)", found: "this", expected: `no ${reason}` },
  );
  return problem("fields-invalid", { errors });
}
