import type { Audit } from "../audit/index.ts";
import type { Account } from "./account.ts";
import type { OwnSignIn } from "./own-data-routes.ts";

/**
 * A person's sign-ins, refused ones too, from the audit.
 * @param serviceNameOf what a client is called; undefined when there is none
 */
export function ownSignIns(
  audit: Pick<Audit, "signIns">,
  serviceNameOf: (clientId: string) => string | undefined,
) {
  return async (account: Account, limit: number): Promise<OwnSignIn[]> => {
    const { sub, email, emailVerifiedAt } = account;
    const entries = await audit.signIns({ sub, email, emailVerifiedAt }, limit);
    return entries.map(({ occurredAt, outcome, clientId, network }) => ({
      at: occurredAt,
      accepted: outcome === "accepted",
      service: clientId === undefined ? undefined : serviceNameOf(clientId),
      network,
    }));
  };
}
