const schemas = "https://schemas.openid.net/secevent";

/** What is told of people, by its short name: CAEP 1.0 and RISC 1.0. */
export const eventTypes = {
  "session-revoked": `${schemas}/caep/event-type/session-revoked`,
  "credential-change": `${schemas}/caep/event-type/credential-change`,
  "token-claims-change": `${schemas}/caep/event-type/token-claims-change`,
  "assurance-level-change": `${schemas}/caep/event-type/assurance-level-change`,
  "account-disabled": `${schemas}/risc/event-type/account-disabled`,
  "account-enabled": `${schemas}/risc/event-type/account-enabled`,
  "account-purged": `${schemas}/risc/event-type/account-purged`,
  "identifier-changed": `${schemas}/risc/event-type/identifier-changed`,
} as const;

/** What a stream says of itself: it is sent though no list of events names it (SSF 1.0 §8.1.4, §8.1.5). */
export const controlTypes = {
  verification: `${schemas}/ssf/event-type/verification`,
  "stream-updated": `${schemas}/ssf/event-type/stream-updated`,
} as const;

/** The short name of something that is told of a person. */
export type EventType = keyof typeof eventTypes;

/** The short name of what a stream says of itself. */
export type ControlType = keyof typeof controlTypes;

/** Every address of an event that a stream may be asked for. */
export const supportedEvents: readonly string[] = Object.values(eventTypes);

/** The address of an event. */
export function addressOf(name: EventType | ControlType): string {
  return { ...eventTypes, ...controlTypes }[name];
}
