import type { Account } from "../accounts/index.ts";
import type { Access } from "../establishments/index.ts";
import {
  type Clock,
  type Outcome,
  type Random,
  accepted,
  isoInstant,
  refused,
  seconds,
} from "../foundation/index.ts";
import type { Logger } from "../operations/index.ts";
import {
  type DeliveryReason,
  type OpenChannel,
  type Outbox,
  failedDelivery,
  mayBeKnownElsewhere,
} from "../outbox/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { DeclaredWebhook, WebhookEvent } from "./declared-webhooks.ts";
import { webhookSignature } from "./signature.ts";

/** How an address is called: never into a private network, and no redirect is followed (`clients/client-calls`). */
export type CallAddress = (url: string, options: RequestInit) => Promise<Response>;

/** Tells declared addresses of what changes, at least once each, with growing pauses between tries. */
export interface Webhooks extends Pick<Outbox, "wake" | "idle" | "stop" | "purge" | "failedCount"> {
  /** Writes a message for each access and each address that asked for it, in the transaction of the change. */
  readonly accessesChanged: (
    transaction: Transaction,
    change: "opened" | "closed",
    accesses: readonly Access[],
  ) => Promise<void>;
  /** The same for an account that is disabled. */
  readonly accountDisabled: (transaction: Transaction, account: Account) => Promise<void>;
}

/** What webhooks are built of. */
export interface WebhookParts {
  readonly openChannel: OpenChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly declared: readonly DeclaredWebhook[];
  readonly callAddress: CallAddress;
}

/** A message as it waits: to whom, and its body to the letter. */
interface Message {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

/** A message on its way, with its place among those about the same account; one of an older build has none. */
interface NumberedMessage extends Message {
  readonly sequence: number | undefined;
  readonly createdAt: number;
}

const parallelSends = 8;

/** One address that hangs must not keep the others waiting. */
const parallelSendsADestination = 2;

/** How long an address may take to answer. */
const patienceSeconds = seconds(15);

/** Messages as one channel of the outbox. */
export function createWebhooks(parts: WebhookParts): Webhooks {
  const stopping = new AbortController();
  const outbox = parts.openChannel({
    of: "webhooks",
    channel: "webhook",
    courier: {
      parallelSends,
      parallelSendsADestination,
      inOrder: true,
      deliver: (content, { sequence, createdAt }) =>
        deliver(parts, { ...(content as Message), sequence, createdAt }, stopping.signal),
      close: () => {
        stopping.abort();
      },
      givenUp: ({ name: webhook }, error) => ({
        name: "webhook-failed",
        details: { webhook, error },
      }),
    },
  });
  const add = async (transaction: Transaction, event: WebhookEvent, all: readonly Told[]) => {
    await outbox.add(transaction, ...entriesOf(parts, event, all));
  };
  return {
    ...outbox,
    accessesChanged: (transaction, change, accesses) =>
      add(
        transaction,
        `access.${change}`,
        accesses.map((access) => ({ sub: access.sub, data: accessData(access) })),
      ),
    accountDisabled: (transaction, { sub }) =>
      add(transaction, "account.disabled", [{ sub, data: { sub } }]),
  };
}

/** What is told of one account. */
interface Told {
  readonly sub: string;
  readonly data: object;
}

/** A message to each address that is declared for the event. */
function entriesOf(
  { clock, random, declared }: WebhookParts,
  event: WebhookEvent,
  all: readonly Told[],
) {
  const timestamp = isoInstant(clock.epochSeconds());
  return declared
    .filter(({ events }) => events.includes(event))
    .flatMap(({ url }) =>
      all.map(({ sub, data }) => {
        const id = random.identifier();
        const body = JSON.stringify({ type: event, timestamp, data });
        const content: Message = { id, url, body };
        return { id, name: event, content, accountSub: sub, destination: url };
      }),
    );
}

/** Who and which establishment, by their identifiers: names and addresses are for those whom the API tells them. */
function accessData(access: Access): object {
  const { id, sub, siret, openedAt, openedBy, untilAt, closedAt, closedBy } = access;
  return {
    id,
    sub,
    siret,
    opened_at: isoInstant(openedAt),
    opened_by: openedBy,
    until: untilAt === undefined ? null : isoInstant(untilAt),
    closed_at: closedAt === undefined ? null : isoInstant(closedAt),
    closed_by: closedBy ?? null,
  };
}

async function deliver(
  { declared, callAddress, clock, logger }: WebhookParts,
  { id, url, body: written, sequence, createdAt }: NumberedMessage,
  stopped: AbortSignal,
): Promise<Outcome<undefined, DeliveryReason>> {
  const webhook = declared.find((each) => each.url === url);
  if (!webhook) {
    if (mayBeKnownElsewhere({ createdAt }, clock.epochSeconds())) {
      return refused({ reason: "not-delivered", details: { cause: "not declared here" } });
    }
    logger.warn({ outboxId: id }, "a webhook is declared no more: its message is dropped");
    return accepted(undefined);
  }
  const timestamp = clock.epochSeconds();
  const body = JSON.stringify({ ...(JSON.parse(written) as object), sequence });
  try {
    const response = await callAddress(url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": webhookSignature(webhook.key, { id, timestamp, body }),
      },
      signal: AbortSignal.any([stopped, AbortSignal.timeout(patienceSeconds * 1000)]),
    });
    await response.body?.cancel();
    return judged(response.status);
  } catch (error) {
    return failedDelivery(error);
  }
}

/** 410 says that nobody listens there any more (Standard Webhooks); any other answer may be another one later. */
function judged(status: number): Outcome<undefined, DeliveryReason> {
  if (status >= 200 && status < 300) return accepted(undefined);
  const reason = status === 410 ? "refused-for-good" : "not-delivered";
  return refused({ reason, details: { cause: `HTTP ${status}` } });
}
