import { manySirets } from "../many-sirets.ts";
import type { TestProvider } from "../test-provider.ts";

/** What waits for a correspondent one morning. */
export interface Morning {
  /** Who asks for an access, in the order of the queue; `refused` says why their request is refused. */
  readonly asking: readonly { readonly email: string; readonly refused?: string }[];
  /** A list from a spreadsheet: who is to have which establishment. */
  readonly list: readonly {
    readonly email: string;
    readonly siret: string;
    readonly known: boolean;
  }[];
  /** Who lost the telephone that their codes are on. */
  readonly withoutTelephone: string;
  /** Who leaves, with five establishments open. */
  readonly leaver: string;
}

const [first = "", ...others] = manySirets(220, "130025265");

/** Twenty requests, a list of two hundred addresses of which eighty are unknown, a lost telephone, a leaver. */
export async function seedMorning(provider: TestProvider): Promise<Morning> {
  const asking = Array.from({ length: 20 }, (_, place) => ({
    email: `demande.${String(place)}@partenaire.test`,
    ...(place % 4 === 3 && { refused: "Pas de convention pour cet établissement" }),
  }));
  for (const { email } of asking) await ask(provider, email);
  const list = others.slice(0, 200).map((siret, place) => ({
    email: `liste.${String(place)}@partenaire.test`,
    siret,
    known: place % 5 < 3,
  }));
  for (const { email, known } of list) if (known) await provider.addAccount(email);
  const withoutTelephone = "sans.telephone@partenaire.test";
  const { sub } = await provider.addAccount(withoutTelephone, { familyName: "Téléphone" });
  await provider.application.database
    .knex("totp_factors")
    .insert({ account_sub: sub, secret: "sealed", last_step: 0, created_at: 1 });
  const leaver = "part@partenaire.test";
  await provider.addAccount(leaver, { familyName: "Partante" });
  await provider.openAccess(leaver, ...others.slice(0, 5));
  return { asking, list, withoutTelephone, leaver };
}

async function ask({ addAccount, application }: TestProvider, email: string): Promise<void> {
  const account = await addAccount(email);
  const outcome = await application.accessRequests.ask({ account, sirets: first, message: "" });
  if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
}

/** What the list says to `/admin/import`, as it is copied out of a spreadsheet. */
export function asTable(list: Morning["list"]): string {
  return ["email\tsiret", ...list.map(({ email, siret }) => `${email}\t${siret}`)].join("\n");
}

/** What is left to do of a morning: nothing, when every line of it was done. */
export async function leftOf(
  { application }: TestProvider,
  { asking, list, withoutTelephone, leaver }: Morning,
): Promise<string[]> {
  const openTo = async (email: string) => {
    const found = await application.administration.find(email);
    if (!found.accepted) return undefined;
    return (await application.accesses.openEstablishments(found.value.sub)).map(
      ({ siret }) => siret,
    );
  };
  const left: string[] = [];
  const check = (what: string, done: boolean) => {
    if (!done) left.push(what);
  };
  for (const { email, refused } of asking)
    check(`the request of ${email}`, (await openTo(email))?.length === (refused ? 0 : 1));
  for (const { email, siret, known } of list) {
    const open = known
      ? ((await openTo(email)) as readonly string[] | undefined)?.includes(siret)
      : (await invited(application, email)).includes(siret);
    check(`${siret} to ${email}`, open === true);
  }
  const waiting = await application.accessRequests.list({ state: "waiting" });
  check("requests", waiting.length === 0);
  check("the leaver", (await openTo(leaver))?.length === 0);
  const factors = application.database.knex("totp_factors");
  const lost = await application.administration.find(withoutTelephone);
  const kept = lost.accepted ? await factors.where({ account_sub: lost.value.sub }) : undefined;
  check("the lost telephone", kept?.length === 0);
  return left;
}

async function invited(
  { database }: TestProvider["application"],
  email: string,
): Promise<readonly string[]> {
  const rows = await database.knex("invitations").where({ email }).select("siret");
  return rows.map(({ siret }) => String(siret));
}
