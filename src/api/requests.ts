import type { Context } from "koa";
import type { z } from "zod";
import { shownValue } from "../clients/index.ts";
import { bodyText } from "../web/index.ts";
import { fieldProblems } from "./field-problems.ts";
import type { Operation } from "./operation.ts";
import { type Answer, problem } from "./problems.ts";

/** What a request says, checked, or the problem it is refused with. */
export type ReadRequest =
  | {
      readonly query: unknown;
      readonly body: unknown;
      readonly text: string;
      readonly refusal?: undefined;
    }
  | { readonly refusal: Answer };

/**
 * Reads and checks a request by the validators of its operation; every problem at once.
 * @throws AppError 413, 415, 400 for a body that cannot be read
 */
export async function readRequest(ctx: Context, operation: Operation): Promise<ReadRequest> {
  const query = operation.query.safeParse(ctx.query);
  if (!query.success) return invalid("parameters-invalid", query.error, ctx.query, operation.query);
  if (!operation.body) return { query: query.data, body: undefined, text: "" };
  const text = await bodyText(ctx, "json");
  const given = parsed(text);
  if (!given) return { refusal: problem("body-unreadable") };
  const body = operation.body.safeParse(given.value);
  if (!body.success) return invalid("fields-invalid", body.error, given.value, operation.body);
  return { query: query.data, body: body.data, text };
}

/**
 * The idempotency key of a request: a structured string (`"…"`, RFC 9941 §3.3.3) as the draft says, or bare as many send it.
 * @returns undefined when there is none
 */
export function readIdempotencyKey(ctx: Context): { key?: string | undefined; refusal?: Answer } {
  // Koa's `get` says of an empty one that there is none, and its sender would think itself safe.
  if (ctx.headers["idempotency-key"] === undefined) return {};
  const written = ctx.get("Idempotency-Key");
  const key = /^"(.+)"$/.exec(written)?.[1] ?? written;
  if (/^[\x21\x23-\x7e]{1,255}$/.test(key)) return { key };
  const found = shownValue(["Idempotency-Key"], written);
  const expected = "1 to 255 visible ASCII characters without spaces or quotes, such as a UUID";
  const errors = [{ field: "Idempotency-Key", found, expected }];
  return { refusal: problem("parameters-invalid", { errors }) };
}

function invalid(
  code: "parameters-invalid" | "fields-invalid",
  error: z.core.$ZodError,
  given: unknown,
  schema: z.ZodType,
): ReadRequest {
  return { refusal: problem(code, { errors: fieldProblems(error, given, namesOf(schema)) }) };
}

function namesOf(schema: z.ZodType): string[] {
  return "shape" in schema ? Object.keys(schema.shape as object) : [];
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: text === "" ? undefined : (JSON.parse(text) as unknown) };
  } catch {
    return undefined;
  }
}
