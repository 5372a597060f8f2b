import type { z } from "zod";
import { type ClientProblem, pathText } from "./client-problem.ts";
import { unknownMemberRule } from "./metadata-names.ts";

/** What is wrong in a declared document beside the clients' own, at a path of it. */
export function documentProblem(
  file: string,
  path: readonly PropertyKey[],
  rule: string,
  found: string,
): ClientProblem {
  const field = path.length === 0 ? undefined : pathText(path);
  return { file, client: undefined, field, found, rule };
}

/**
 * The same of an issue that a schema has with the document: of unknown members, each by its name.
 * @param members those that there are
 * @param show what stands at a path, as it may be shown
 */
export function schemaProblems(
  file: string,
  issue: z.core.$ZodIssue,
  members: readonly string[],
  show: (path: readonly PropertyKey[]) => string,
): readonly ClientProblem[] {
  const { path, message } = issue;
  if (issue.code !== "unrecognized_keys") return [documentProblem(file, path, message, show(path))];
  return issue.keys.map((key) => {
    const rule = unknownMemberRule(key, members);
    return documentProblem(file, [...path, key], rule, "a name that is not known");
  });
}
