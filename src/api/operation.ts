import type { Context } from "koa";
import type { z } from "zod";
import type { ApiScope } from "./api-resource.ts";
import type { KeepAnswer } from "./idempotency.ts";
import type { Answer, ProblemCode } from "./problems.ts";
import type { Caller } from "./token-check.ts";

/** A checked request: what a handler is given. */
export interface Call<Query, Body> {
  readonly caller: Caller;
  /** The variable parts of the path, as they were written. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /**
   * Keeps the answer for who sends the same idempotency key again, in the transaction of the change. Without a key, and where
   * nothing changes, there is nothing to keep.
   */
  readonly keep: KeepAnswer;
  readonly ctx: Context;
}

/** One thing the API does: the route, the check of its requests and its chapter in the document are all made of this. */
export interface Operation<Query = unknown, Body = unknown> {
  readonly id: string;
  readonly method: "get" | "post";
  /** Below `/api/v1`, as OpenAPI writes it: `/accesses/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Absent where any token of the API will do. */
  readonly scope?: ApiScope;
  /** What each variable part of the path is. */
  readonly pathParameters?: Readonly<Record<string, z.ZodType>>;
  readonly query: z.ZodType<Query>;
  /** Absent when there is none. */
  readonly body?: z.ZodType<Body>;
  /** What it answers when all is well, by status: what it is, and its schema. */
  readonly answers: Readonly<Record<number, readonly [string, z.ZodType]>>;
  /** The problems that are its own, beside those of every operation. */
  readonly problems: readonly ProblemCode[];
  readonly handle: (call: Call<Query, Body>) => Promise<Answer>;
}

/** An operation whose types are checked here and forgotten by the list that holds it. */
export function operation<Query, Body>(described: Operation<Query, Body>): Operation {
  return described as unknown as Operation;
}
