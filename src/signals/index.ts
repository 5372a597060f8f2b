/**
 * Signals: relying parties hear at once of what happens to their people, by OpenID's Shared Signals (SSF 1.0, CAEP 1.0,
 * RISC 1.0). Each act of the rooms below becomes, in its transaction, an event for every stream that may hear of it, which
 * is pushed (RFC 8935) or polled (RFC 8936) as a signed token. Off unless `SIGNALS=on`.
 * URLs: `/.well-known/ssf-configuration`, `/signals/…`. Tables: `signal_streams`, `signal_events`, `signal_exclusions`,
 * `signal_audiences`.
 */
export { type SignalActs, openSignals } from "./open.ts";
export { signalsResource } from "./resource.ts";
export { type ShownStream, type SignalOperations } from "./signal-operations.ts";
