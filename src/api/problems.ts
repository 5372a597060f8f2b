import { z } from "zod";

/** Each kind of problem the API answers with: its status and its title. A closed list, which the document describes. */
export const problems = {
  "token-required": [401, "An access token is required"],
  "token-refused": [401, "The access token is refused"],
  "signature-refused": [401, "Nobody known signed this, or too long ago"],
  "scope-missing": [403, "The access token lacks a scope"],
  "not-found": [404, "There is nothing here"],
  "account-unknown": [404, "No account has this address"],
  "method-not-allowed": [405, "This method is not served here"],
  "access-not-open": [409, "This access is not open"],
  "account-not-active": [409, "The account is not active"],
  "request-under-way": [409, "A request with this idempotency key is under way"],
  "body-too-large": [413, "The body is too large"],
  "body-not-json": [415, "The body is not application/json"],
  "body-unreadable": [400, "The body is not JSON"],
  "parameters-invalid": [400, "Parameters of the address or a header are not right"],
  "fields-invalid": [422, "Fields of the body are not right"],
  "key-used-otherwise": [422, "This idempotency key was used for another request"],
  unavailable: [503, "This cannot be done for the moment"],
  unexpected: [500, "Something went wrong on our side"],
} as const;

/** One of {@link problems}. */
export type ProblemCode = keyof typeof problems;

/** One value that is not right, and how to mend it. */
export interface FieldProblem {
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

/** A problem as it is sent (RFC 9457), documented by the validator that tests hold it to. */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({
      description: "Which problem it is, for programs: `urn:lopcommerce:problem:` and its code",
      examples: [problemType("fields-invalid")],
    }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().optional().meta({ description: "What is wrong this time" }),
    reference: z.string().optional().meta({ description: "Stands in our log too: quote it to us" }),
    errors: z
      .array(z.strictObject({ field: z.string(), found: z.string(), expected: z.string() }))
      .optional()
      .meta({
        description: "Every value that is not right: where, what was found, what is expected",
      }),
  })
  .meta({ description: "RFC 9457" });

/** What the API answers: a body that is sent as JSON, and headers of its own. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A refusal as an answer. */
export function problem(
  code: ProblemCode,
  more: {
    readonly detail?: string;
    readonly errors?: readonly FieldProblem[];
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Answer {
  const [status, title] = problems[code];
  const { headers, ...said } = more;
  return {
    status,
    body: { type: problemType(code), title, status, ...said },
    headers: { "Content-Type": "application/problem+json", ...headers },
  };
}

/** A name that stays the same whatever the title says. */
export function problemType(code: ProblemCode): string {
  return `urn:lopcommerce:problem:${code}`;
}
