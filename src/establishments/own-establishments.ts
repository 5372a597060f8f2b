import type { Account, OwnEstablishment } from "../accounts/index.ts";
import type { Accesses } from "./accesses.ts";
import { formatSiret } from "./siret.ts";

/** What is open now to an account, as its own page shows it. */
export function ownEstablishments(
  accesses: Pick<Accesses, "list">,
): (account: Account) => Promise<OwnEstablishment[]> {
  return async ({ id }) =>
    (await accesses.list({ accountId: id }))
      .filter(({ state }) => state === "open")
      .map(({ siret, name, openedAt, untilAt }) => ({
        formatted: formatSiret(siret),
        name,
        openedAt,
        untilAt,
      }));
}
