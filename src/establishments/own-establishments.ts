import type { Account, OwnEstablishments } from "../accounts/index.ts";
import type { Accesses } from "./accesses.ts";
import { filtered } from "./choices.ts";
import { formatSiret } from "./siret.ts";

/** What is open now to an account, as its own page shows it. */
export function ownEstablishments(
  accesses: Pick<Accesses, "list">,
): (account: Account, typed: string) => Promise<OwnEstablishments> {
  return async ({ id }, typed) => {
    const entries = await accesses.list({ accountId: id });
    const open = entries.filter(({ state }) => state === "open");
    const found = filtered(open, typed).map(({ siret, name, openedAt, untilAt }) => ({
      ...{ formatted: formatSiret(siret), name, openedAt, untilAt },
    }));
    return { found, total: open.length };
  };
}
