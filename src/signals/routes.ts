import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import type { Encryption } from "../foundation/index.ts";
import { type AnswerParts, jsonAnswers, refuse } from "./answers.ts";
import type { Authorize, Receiver } from "./authorization.ts";
import { metadataPath, transmitterMetadata } from "./metadata.ts";
import type { Polling } from "./polling.ts";
import {
  changedStreamBody,
  newStreamBody,
  pollBody,
  statusBody,
  subjectBody,
  verificationBody,
} from "./stream-requests.ts";
import { asked, read, refuseFor, send, statusView } from "./stream-answers.ts";
import type { Stream } from "./stream.ts";
import { signalPaths, streamView } from "./stream-view.ts";
import type { Streams } from "./streams.ts";
import type { Subjects } from "./subjects.ts";

/** What the routes are made of. */
export interface SignalRouteParts extends AnswerParts {
  readonly issuer: string;
  readonly encryption: Encryption;
  readonly authorize: Authorize;
  readonly streams: Streams;
  readonly subjects: Subjects;
  readonly polling: Polling;
}

/** The transmitter's metadata, which any origin may read. */
export function signalDocuments(issuer: string): Middleware {
  const path = metadataPath(issuer);
  const metadata = transmitterMetadata(issuer);
  return async (ctx, next) => {
    if (ctx.path !== path || (ctx.method !== "GET" && ctx.method !== "HEAD")) {
      await next();
      return;
    }
    ctx.set({ "Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300" });
    ctx.body = metadata;
  };
}

/** A receiver that may, when it asked. */
interface Asking extends Receiver {
  /** Whether it still may: a body may come long after its head, and a poll waits. Refuses it when it may not any more. */
  readonly still: () => Promise<boolean>;
}

type Answer = (ctx: Context, asking: Asking) => Promise<void>;

/** `/signals/…`: what receivers ask for, each behind its scope. */
export function signalRoutes(parts: SignalRouteParts): Router {
  const router = new Router();
  router.use("/signals{/*rest}", jsonAnswers(parts));
  const read = authorized(parts, "mayRead");
  const manage = authorized(parts, "mayManage");
  router.post(signalPaths.streams, manage(createStream(parts)));
  router.get(signalPaths.streams, read(readStreams(parts)));
  router.patch(signalPaths.streams, manage(changeStream(parts, false)));
  router.put(signalPaths.streams, manage(changeStream(parts, true)));
  router.delete(signalPaths.streams, manage(removeStream(parts)));
  router.get(signalPaths.status, read(readStatus(parts)));
  router.post(signalPaths.status, manage(setStatus(parts)));
  router.post(signalPaths.addSubject, manage(changeSubjects(parts, "add", 200)));
  router.post(signalPaths.removeSubject, manage(changeSubjects(parts, "remove", 204)));
  router.post(signalPaths.verification, manage(verify(parts)));
  router.post(`${signalPaths.poll}/:id`, read(poll(parts)));
  return router;
}

type Right = "mayRead" | "mayManage";

function authorized(parts: SignalRouteParts, needed: Right): (answer: Answer) => Middleware {
  return (answer) => async (ctx) => {
    const receiver = await admitted(ctx, parts, needed);
    const still = async () => (await admitted(ctx, parts, needed)) !== undefined;
    if (receiver) await answer(ctx, { ...receiver, still });
  };
}

/** Who asks, if they may now; refuses them when not. */
async function admitted(
  ctx: Context,
  { authorize }: SignalRouteParts,
  needed: Right,
): Promise<Receiver | undefined> {
  const outcome = await authorize(ctx.get("Authorization"));
  if (!outcome.accepted) {
    const isMissing = outcome.problems[0].reason === "token-missing";
    ctx.set("WWW-Authenticate", isMissing ? "Bearer" : `Bearer error="invalid_token"`);
    refuse(ctx, 401, "authentication_failed", "It takes an access token for this transmitter.");
    return undefined;
  }
  if (outcome.value[needed]) return outcome.value;
  const scope = needed === "mayRead" ? "ssf.read" : "ssf.manage";
  ctx.set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${scope}"`);
  refuse(ctx, 403, "access_denied", `It needs the scope ${scope}.`);
  return undefined;
}

function createStream(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, newStreamBody, {});
    if (!body || !(await still())) return;
    const outcome = await parts.streams.create(clientId, body);
    send(ctx, outcome, (stream) => [201, streamView(parts, stream, true)]);
  };
}

function readStreams(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId, mayManage }) => {
    const view = (stream: Stream) => streamView(parts, stream, mayManage);
    if (ctx.query["stream_id"] === undefined) {
      ctx.body = (await parts.streams.list(clientId)).map(view);
      return;
    }
    const stream = await asked(ctx, parts, clientId);
    if (stream) ctx.body = view(stream);
  };
}

function changeStream(parts: SignalRouteParts, isWhole: boolean): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, changedStreamBody);
    if (!body || !(await still())) return;
    const outcome = await parts.streams.change(clientId, body, isWhole);
    send(ctx, outcome, (stream) => [200, streamView(parts, stream, true)]);
  };
}

function removeStream(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId }) => {
    const id = ctx.query["stream_id"];
    if (typeof id !== "string")
      refuse(ctx, 400, "invalid_request", "stream_id must be given, once.");
    else if (await parts.streams.remove(clientId, id)) ctx.status = 204;
    else refuseFor(ctx, "stream-unknown");
  };
}

function readStatus(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId }) => {
    const stream = await asked(ctx, parts, clientId);
    if (stream) ctx.body = statusView(stream);
  };
}

function setStatus(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, statusBody);
    if (!body || !(await still())) return;
    const { stream_id: id, ...wish } = body;
    const outcome = await parts.streams.setStatus(clientId, id, wish);
    send(ctx, outcome, (stream) => [200, statusView(stream)]);
  };
}

function changeSubjects(parts: SignalRouteParts, act: keyof Subjects, done: number): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, subjectBody);
    if (!body || !(await still())) return;
    const stream = await parts.streams.find(clientId, body.stream_id);
    if (stream) send(ctx, await parts.subjects[act](stream, body.subject), () => [done, ""]);
    else refuseFor(ctx, "stream-unknown");
  };
}

function verify(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, verificationBody);
    if (!body || !(await still())) return;
    const outcome = await parts.streams.verify(clientId, body.stream_id, body.state);
    send(ctx, outcome, () => [204, ""]);
  };
}

function poll(parts: SignalRouteParts): Answer {
  return async (ctx, { clientId, still }) => {
    const body = await read(ctx, pollBody, {});
    if (!body || !(await still())) return;
    const { id = "" } = (ctx as unknown as { params: Readonly<Record<string, string>> }).params;
    const stream = await parts.streams.find(clientId, id);
    if (!stream) {
      refuseFor(ctx, "stream-unknown");
      return;
    }
    const gone = new AbortController();
    const leave = () => {
      gone.abort();
    };
    ctx.res.once("close", leave);
    const events = await parts.polling.poll(stream, body, gone.signal);
    ctx.res.off("close", leave);
    if (await still()) ctx.body = events;
  };
}
