import { z } from "zod";
import { streamStatuses } from "./stream.ts";

/** How events are delivered (RFC 8935, RFC 8936). */
export const deliveryMethods = {
  push: "urn:ietf:rfc:8935",
  poll: "urn:ietf:rfc:8936",
} as const;

/** Goes into a header as it is. */
const headerValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);

const delivery = z.union([
  z.object({
    method: z.literal(deliveryMethods.push),
    endpoint_url: z.string().max(2000),
    authorization_header: headerValue.optional(),
  }),
  z.object({ method: z.literal(deliveryMethods.poll), endpoint_url: z.string().optional() }),
]);

const wishes = {
  delivery: delivery.optional(),
  events_requested: z.array(z.string().max(500)).max(100).optional(),
  description: z.string().max(500).optional(),
};

const id = { stream_id: z.string().max(100) };

/** What makes a stream; the transmitter's own members say nothing there. */
export const newStreamBody = z.object(wishes);

/** What changes one: the transmitter's own members must be what they are, and are compared by who reads this. */
export const changedStreamBody = z.looseObject({ ...id, ...wishes });

/** `POST` to the status. */
export const statusBody = z.object({
  ...id,
  status: z.enum(streamStatuses),
  reason: z.string().max(500).optional(),
});

/** `POST` to the verification. */
export const verificationBody = z.object({ ...id, state: z.string().max(1000).optional() });

/** `POST` to the subjects. */
export const subjectBody = z.object({
  ...id,
  subject: z.looseObject({ format: z.string().max(50) }),
  verified: z.boolean().optional(),
});

/** A poll (RFC 8936 §2.2). */
export const pollBody = z.object({
  maxEvents: z.number().int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string().max(100)).max(1000).optional(),
  setErrs: z
    .record(
      z.string().max(100),
      z.object({ err: z.string().max(50), description: z.string().max(2000).optional() }),
    )
    .optional(),
});

/** What makes a stream. */
export type NewStreamBody = z.infer<typeof newStreamBody>;
/** What changes one. */
export type ChangedStreamBody = z.infer<typeof changedStreamBody>;
/** A poll. */
export type PollRequest = z.infer<typeof pollBody>;
