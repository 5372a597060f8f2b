import type { z } from "zod";
import { nearestName, pathText, shownValue } from "../clients/index.ts";
import type { FieldProblem } from "./problems.ts";

type Issue = z.core.$ZodIssue;

/** Beyond this nobody meant a request, and looking for what was meant would take long. */
export const mostProblems = 50;

/**
 * What a validator says, as the API answers it: the field, what was found, what is expected; fifty at most. Secrets are never shown,
 * nor the value of a field that nobody knows.
 * @param known the names that may be meant by one that is not known
 */
export function fieldProblems(
  { issues }: z.core.$ZodError,
  given: unknown,
  known: readonly string[],
): FieldProblem[] {
  const problems = issues
    .slice(0, mostProblems)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.slice(0, mostProblems).map((key) => unknownField([...issue.path, key], known))
        : [{ field: place(issue.path), found: found(issue.path, given), expected: issue.message }],
    );
  return problems.slice(0, mostProblems);
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
