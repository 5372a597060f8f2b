import { isDeepStrictEqual } from "node:util";
import { calledRule } from "../clients/index.ts";
import { type Outcome, accepted, refused } from "../foundation/index.ts";
import type { Transaction } from "../storage/index.ts";
import { type ChangedStreamBody, type NewStreamBody, deliveryMethods } from "./stream-requests.ts";
import { type Push, type Stream, type StreamWishes, pushPlace } from "./stream.ts";
import { pollUrl, transmitterMembers } from "./stream-view.ts";
import type { StatusWish, StreamReason, StreamsParts } from "./stream-parts.ts";

/** What an event of a stream itself is about. */
export function subjectOf({ id }: Stream) {
  return { format: "opaque", id };
}

/** Changes a held stream as its receiver wishes. @param isWhole as of `Streams.change` */
export async function changed(
  parts: StreamsParts,
  transaction: Transaction,
  stream: Stream,
  body: ChangedStreamBody,
  isWhole: boolean,
): Promise<Outcome<Stream, StreamReason>> {
  const ours = transmitterMembers(parts.issuer, stream);
  const differs = Object.entries(ours).some(
    ([name, value]) => body[name] !== undefined && !isDeepStrictEqual(body[name], value),
  );
  if (differs) return refused({ reason: "member-differs" });
  const wishes = wishesOf(parts, stream.id, body, isWhole ? undefined : stream);
  if (!wishes.accepted) return wishes;
  await parts.streams.within(transaction).setWishes(stream.id, wishes.value);
  const now = { ...stream, ...wishes.value };
  // What was polled until now, or pushed elsewhere, goes the new way.
  if (now.encryptedPush !== stream.encryptedPush) await parts.writer.nudge(transaction, now);
  return accepted(now);
}

/**
 * What a body wishes, its delivery sealed.
 * @param kept what stays where the body says nothing; undefined: nothing does
 */
export function wishesOf(
  parts: StreamsParts,
  id: string,
  { delivery, events_requested: events, description }: NewStreamBody,
  kept?: Stream,
): Outcome<StreamWishes, StreamReason> {
  const said = {
    eventsRequested: [...new Set(events ?? kept?.eventsRequested)],
    description: description ?? kept?.description,
  };
  const push = delivery ? pushOf(parts, id, delivery, kept) : accepted(kept?.encryptedPush);
  return push.accepted ? accepted({ ...said, encryptedPush: push.value }) : push;
}

/** Where it is pushed to, sealed; undefined where it is polled. */
function pushOf(
  { issuer, production, encryption }: StreamsParts,
  id: string,
  delivery: NonNullable<NewStreamBody["delivery"]>,
  kept: Stream | undefined,
): Outcome<string | undefined, StreamReason> {
  const { endpoint_url: url } = delivery;
  if (delivery.method === deliveryMethods.poll) {
    const isOurs = url === undefined || url === pollUrl(issuer, id) || !kept;
    return isOurs ? accepted(undefined) : refused({ reason: "member-differs" });
  }
  if (url === undefined || calledRule(url, { production }))
    return refused({ reason: "endpoint-refused" });
  const push: Push = { endpointUrl: url, authorizationHeader: delivery.authorization_header };
  return accepted(encryption.encrypt(JSON.stringify(push), pushPlace(id)));
}

/** Sets the status of a held stream, and tells its receiver what it did not do itself. */
export async function setStatus(
  parts: StreamsParts,
  transaction: Transaction,
  stream: Stream,
  wish: StatusWish,
): Promise<Outcome<Stream, StreamReason>> {
  const by = setterOf(stream, wish);
  if (by === undefined) return refused({ reason: "status-of-staff" });
  const { status, reason, actor } = wish;
  await parts.streams.within(transaction).setStatus(stream.id, { status, by, reason });
  const now: Stream = { ...stream, status, statusBy: by, reason };
  if (status === "disabled") await parts.waiting.within(transaction).removeAll(stream.id);
  const isNew = status !== stream.status;
  // Its receiver hears of what it did not do itself.
  if (actor !== undefined && isNew) {
    const data = { status, ...(reason !== undefined && { reason }) };
    const event = { stream: now, subject: subjectOf(now), data, name: "stream-updated" } as const;
    await parts.writer.write(transaction, [{ ...event, txn: parts.random.identifier() }]);
  }
  if (status === "enabled" && isNew) await parts.writer.nudge(transaction, now);
  return accepted(now);
}

/** @returns undefined for a receiver that would change what staff have bound */
function setterOf(stream: Stream, { status, actor }: StatusWish): Stream["statusBy"] | undefined {
  if (actor !== undefined) return "staff";
  const bound = stream.statusBy === "staff" && stream.status !== "enabled";
  if (!bound) return "receiver";
  return status === stream.status ? "staff" : undefined;
}
