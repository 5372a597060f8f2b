import type { Clock, Random } from "../foundation/index.ts";
import { type Room, room } from "../house/index.ts";
import type { Logger, RecordEvent, Settings } from "../operations/index.ts";
import type { OutboxActs } from "../outbox/index.ts";
import { readDeclaredWebhooks } from "./declared-webhooks.ts";
import { type CallAddress, type Webhooks, createWebhooks } from "./webhooks.ts";

/** What webhooks stand on. */
export interface WebhookPorts {
  readonly settings: Pick<Settings, "clientsFile" | "placeholder" | "production">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly outbox: OutboxActs;
  readonly record: RecordEvent;
  readonly callAddress: CallAddress;
}

/** What other rooms ask of it. */
export interface WebhookActs {
  readonly webhooks: Webhooks;
}

/**
 * Opens webhooks: those that are declared, on their channel of the outbox.
 * @throws ConfigurationError with every problem of the declarations
 */
export async function openWebhooks(ports: WebhookPorts): Promise<Room<WebhookActs>> {
  const declared = await readDeclaredWebhooks(ports.settings);
  const { openChannel } = ports.outbox;
  return room({
    name: "webhooks",
    acts: { webhooks: createWebhooks({ ...ports, openChannel, declared }) },
    events: ["webhook-failed"],
  });
}
