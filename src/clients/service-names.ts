import type { ClientMetadata } from "./metadata-fields.ts";

/** What of a client its names are made of. */
export type NamedClient = Pick<
  ClientMetadata,
  "client_id" | "client_name" | "service_name" | "space_name"
>;

/** What {service} says on pages and mails (« Portail OF »): `service_name`, else `client_name`, else the `client_id`. */
export function serviceName(client: NamedClient): string {
  return client.service_name ?? client.client_name ?? client.client_id;
}

/** What {space} says on pages and mails (« OF »): `space_name`, else what {service} says. */
export function spaceName(client: NamedClient): string {
  return client.space_name ?? serviceName(client);
}
