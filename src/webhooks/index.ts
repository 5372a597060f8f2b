/**
 * Webhooks: other programs of l'Opcommerce hear of what changes here. Each declared address (`webhooks.json` beside
 * `CLIENTS_FILE`) gets a signed message for each event it asked for, written in the transaction of the change and sent by the
 * outbox's machinery. It owns no URL and no table.
 */
export { openWebhooks } from "./open.ts";
export { judgeDeclaredWebhooks, readDeclaredWebhooks } from "./declared-webhooks.ts";
