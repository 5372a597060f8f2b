import type { z } from "zod";
import { nearestName, pathText, shownValue } from "../clients/index.ts";
import type { FieldProblem } from "./problems.ts";

type Issue = z.core.$ZodIssue;

/**
 * What a validator says, as the API answers it: the field, what was found, what is expected. Secrets are never shown,
 * nor the value of a field that nobody knows.
 * @param known the names that may be meant by one that is not known
 */
export function fieldProblems(
  { issues }: z.core.$ZodError,
  given: unknown,
  known: readonly string[],
): FieldProblem[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownField([...issue.path, key], known))
      : [{ field: place(issue.path), found: found(issue.path, given), expected: issue.message }],
  );
}

function unknownField(path: readonly PropertyKey[], known: readonly string[]): FieldProblem {
  const meant = nearestName(String(path.at(-1)), known);
  const expected = meant ? `no such field: did you mean ${meant}?` : "no such field: remove it";
  return { field: place(path), found: "a field that is not known", expected };
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(the whole body)" : pathText(path);
}

function found(path: Issue["path"], given: unknown): string {
  let value: unknown = given;
  for (const step of path) {
    if (typeof value !== "object" || value === null) break;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return shownValue(path, value);
}
