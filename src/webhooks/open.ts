import type { AccountActs } from "../accounts/index.ts";
import type { EstablishmentActs } from "../establishments/index.ts";
import { type Ground, type Room, room } from "../house/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { readDeclaredWebhooks } from "./declared-webhooks.ts";
import { type CallAddress, type Webhooks, createWebhooks } from "./webhooks.ts";

/** What webhooks stand on. */
export interface WebhookPorts {
  readonly ground: Pick<Ground, "settings" | "clock" | "random" | "logger">;
  readonly outbox: OutboxActs;
  readonly accounts: Pick<AccountActs, "asks">;
  readonly establishments: Pick<EstablishmentActs, "written">;
  /** Calls an address, never into a private network. */
  readonly callClient: CallAddress;
}

/** What other rooms ask of it. */
export interface WebhookActs {
  readonly webhooks: Webhooks;
}

/** What this room records. */
const webhookEvents = ["webhook-failed"] as const;

declare module "../operations/events.ts" {
  interface RoomEvents {
    readonly webhooks: (typeof webhookEvents)[number];
  }
}

/**
 * Opens webhooks: those that are declared, on their channel of the outbox.
 * @throws ConfigurationError with every problem of the declarations
 */
export async function openWebhooks(ports: WebhookPorts): Promise<Room<WebhookActs>> {
  const { ground, callClient: callAddress, outbox, accounts, establishments } = ports;
  const { settings, clock, random, logger } = ground;
  const declared = await readDeclaredWebhooks(settings);
  const { openChannel } = outbox;
  const told = { clock, random, logger, callAddress };
  const webhooks = createWebhooks({ ...told, openChannel, declared });
  establishments.written.join(webhooks.accessesChanged);
  accounts.asks.disabledWithin.answerBy(webhooks.accountDisabled);
  return room({
    name: "webhooks",
    acts: { webhooks },
    events: webhookEvents,
  });
}
