/**
 * The portal: « Web Services Partenaire », the sample relying party. It is written as an integrator
 * would write it, with openid-client, and imports nothing of the provider: what it knows of a person
 * is what the provider's claims say.
 * URLs: `/`, `/login` (also the initiate_login_uri), `/callback`, `/logout`, `/style.css`.
 * Where told, it hears Shared Signals (`signals.ts`).
 * It owns no table: its sessions live in memory and end with it.
 */
export { startPortal } from "./portal.ts";
