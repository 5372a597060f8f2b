import type { Context } from "koa";
import type { z } from "zod";
import { type Outcome, parsedJson } from "../foundation/index.ts";
import { bodyText } from "../web/index.ts";
import { refuse } from "./answers.ts";
import type { Stream } from "./stream.ts";
import { verificationIntervalSeconds } from "./stream-view.ts";
import type { StreamReason } from "./stream-parts.ts";
import type { Streams } from "./streams.ts";
import type { SubjectReason } from "./subjects.ts";

/** The stream that the address names; refuses when there is none. */
export async function asked(
  ctx: Context,
  { streams }: { readonly streams: Pick<Streams, "find"> },
  clientId: string,
): Promise<Stream | undefined> {
  const id = ctx.query["stream_id"];
  if (typeof id !== "string") {
    refuse(ctx, 400, "invalid_request", "stream_id must be given, once.");
    return undefined;
  }
  const stream = await streams.find(clientId, id);
  if (!stream) refuseFor(ctx, "stream-unknown");
  return stream;
}

/**
 * Reads a body, or refuses it.
 * @param empty what an absent body stands for; undefined: it is refused
 */
export async function read<Body>(
  ctx: Context,
  schema: z.ZodType<Body>,
  empty?: object,
): Promise<Body | undefined> {
  const text = await bodyText(ctx, "json");
  const given = holdsNul(text) ? undefined : parsedJson(text);
  const parsed = schema.safeParse(text === "" ? empty : given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  refuse(
    ctx,
    400,
    "invalid_request",
    `${where === "" ? "The body" : where} is not what it must be.`,
  );
  return undefined;
}

/** PostgreSQL has no NUL in a text: it stands in JSON as an escape alone, behind an even number of backslashes. */
function holdsNul(json: string): boolean {
  return /(?<!\\)(?:\\\\)*\\u0000/.test(json);
}

/** Sends what came of an act, or why it was refused. */
export function send<Value>(
  ctx: Context,
  outcome: Outcome<Value, StreamReason | SubjectReason>,
  answer: (value: Value) => readonly [status: number, body: unknown],
): void {
  if (!outcome.accepted) {
    refuseFor(ctx, outcome.problems[0].reason);
    return;
  }
  const [status, body] = answer(outcome.value);
  ctx.status = status;
  ctx.body = body === "" && status === 204 ? null : body;
}

const refusals: Readonly<
  Record<StreamReason | SubjectReason, readonly [status: number, err: string, description: string]>
> = {
  "stream-unknown": [404, "not_found", "This client has no stream of this name."],
  "too-many-streams": [409, "conflict", "This client has as many streams as it may: remove one."],
  "endpoint-refused": [400, "invalid_request", "delivery.endpoint_url is no address to push to."],
  "member-differs": [400, "invalid_request", "A member of the transmitter is not what it is."],
  "status-of-staff": [403, "access_denied", "Who operates the transmitter has paused this stream."],
  "stream-disabled": [400, "invalid_state", "The stream is disabled."],
  "too-early": [429, "too_many_requests", "The last verification was just now."],
  "subject-unreadable": [400, "invalid_request", "subject is no subject identifier (RFC 9493)."],
  "too-many-subjects": [429, "too_many_requests", "As many subjects are left out as may be."],
};

/** Refuses by a reason of this room. */
export function refuseFor(ctx: Context, reason: StreamReason | SubjectReason): void {
  if (reason === "too-early") ctx.set("Retry-After", String(verificationIntervalSeconds));
  refuse(ctx, ...refusals[reason]);
}

/** The status of a stream as its receiver is given it. */
export function statusView({ id, status, reason }: Stream) {
  return { stream_id: id, status, ...(reason !== undefined && { reason }) };
}
