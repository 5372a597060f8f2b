/**
 * The management API: l'Opcommerce's other programs (its CRM) open, close and list accesses and find accounts.
 * JWT access tokens of this provider, `application/problem+json` errors, idempotency keys, cursors; the OpenAPI document
 * is made of the validators that check the requests.
 * URLs: `/api/v1…`. Table: `idempotency_keys`.
 */
export { apiResource } from "./api-resource.ts";
export { openApi } from "./open.ts";
