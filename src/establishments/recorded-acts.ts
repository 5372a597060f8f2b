import type { RecordEvent } from "../operations/index.ts";
import type { AskedState } from "./access-request.ts";
import type { AccessRequests } from "./access-requests.ts";
import type { Accesses } from "./accesses.ts";
import type { Invitation } from "./invitation.ts";
import type { Invitations } from "./invitations.ts";

/** Where acts are announced. */
interface Acting {
  readonly accesses: Accesses;
  readonly invitations: Invitations;
  readonly accessRequests: AccessRequests;
}

/**
 * Records what is announced as security events, whoever did it: staff, the command line, or a validation. A closing is
 * recorded where it is finished ({@link closingFinisher}).
 * Who is invited has no account: those events are about an address.
 */
export function recordActs(
  { accesses, invitations, accessRequests }: Acting,
  record: RecordEvent,
): void {
  accesses.onAccessOpened(async (opened) => {
    // Together: an import opens thousands, and the audit writes what comes at once in one transaction.
    await Promise.all(
      opened.map(({ sub, siret, openedBy: actor }) => {
        const about = { subject: { sub }, actor, details: { siret } };
        return record({ name: "access-opened", outcome: "accepted", ...about });
      }),
    );
  });
  const recordAll =
    (name: "access-invited" | "invitation-withdrawn") => async (all: readonly Invitation[]) => {
      for (const { email, siret, invitedBy, endedBy } of all) {
        const about = { actor: endedBy ?? invitedBy, details: { siret } };
        await record({ name, outcome: "accepted", subject: email && { email }, ...about });
      }
    };
  accessRequests.onDecided(async (decided) => {
    for (const { sub, state, decidedBy: actor, establishments } of decided) {
      if (state === "waiting") continue;
      const of = (wanted: AskedState) =>
        establishments.filter((each) => each.state === wanted).map(({ siret }) => siret);
      const left = state === "accepted" ? of("refused") : [];
      const details = { sirets: of(state), ...(left.length > 0 && { refused: left }) };
      const about = { subject: { sub }, actor, details };
      await record({ name: `access-request-${state}`, outcome: "accepted", ...about });
    }
  });
  invitations.onInvited(recordAll("access-invited"));
  invitations.onWithdrawn(recordAll("invitation-withdrawn"));
}
