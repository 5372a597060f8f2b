import type { SecurityEvent } from "../operations/index.ts";
import type { AccessRequest, AskedState } from "./access-request.ts";
import type { Access } from "./access.ts";
import type { Invitation } from "./invitation.ts";

/*
 * Acts as security events, whoever did them: staff, the command line, a program, or a validation. A closing is recorded
 * where it is finished (`closingFinisher`).
 */

const outcome = "accepted";

/** What was opened. */
export function openedEvents(opened: readonly Access[]): SecurityEvent[] {
  return opened.map(({ sub, siret, openedBy: actor }) => {
    return { name: "access-opened", outcome, subject: { sub }, actor, details: { siret } };
  });
}

/** Who was invited, or is no more. They have no account: these are about an address. */
export function invitationEvents(
  name: "access-invited" | "invitation-withdrawn",
  all: readonly Invitation[],
): SecurityEvent[] {
  return all.map(({ email, siret, invitedBy, endedBy }) => {
    const about = { actor: endedBy ?? invitedBy, details: { siret } };
    return { name, outcome, subject: email && { email }, ...about };
  });
}

/**
 * What became of a request; nothing while a part of it waits.
 * @param as what was done to the rest of it, where another part had been opened before
 */
export function decidedEvents(
  { state, decidedBy: actor, establishments }: AccessRequest,
  sub: string,
  as = state,
): SecurityEvent[] {
  if (state === "waiting" || as === "waiting") return [];
  const of = (wanted: AskedState) =>
    establishments.filter((each) => each.state === wanted).map(({ siret }) => siret);
  const left = as === "accepted" ? of("refused") : [];
  const details = { sirets: of(as), ...(left.length > 0 && { refused: left }) };
  const name = `access-request-${as}` as const;
  return [{ name, outcome, subject: { sub }, actor, details }];
}
