import type { Account } from "../../src/accounts/index.ts";
import type { EmailAddress } from "../../src/foundation/index.ts";
import { type Person, newPerson, sirets } from "./person.ts";
import { softwareAuthenticator } from "./software-authenticator.ts";
import { type TestProvider, goodPassword } from "./test-provider.ts";

const by = "operator";
const [one, two] = sirets;

/** What an act is done to, and how. */
export interface Act {
  readonly name: string;
  /** What must be so before, and is not counted. */
  readonly before?: (person: Person) => Promise<unknown>;
  readonly act: (account: Account, person: Person) => Promise<unknown>;
}

/** Each act of a running provider that changes somebody's rights or data. */
export function actsOf(provider: TestProvider): readonly Act[] {
  const app = () => provider.application;
  const read = async ({ sub }: Pick<Person, "sub">): Promise<Account> => {
    const [account] = await app().accounts.findAllBySub([sub]);
    if (!account) throw new Error("no account");
    return account;
  };
  const open = async (person: Person) =>
    app().accesses.open({ account: await read(person), sirets: [one as never], by });
  const passkey = async (person: Person) => {
    const account = await read(person);
    const request = await app().secondFactors.passkeys.proposeEnrolment(account);
    const device = softwareAuthenticator(provider.issuer);
    return app().secondFactors.passkeys.enrol(account, device.create(request), "clé");
  };
  const ask = async (person: Person) =>
    app().accessRequests.ask({ account: await read(person), sirets: two, message: "" });
  const newestRequest = async (person: Person) =>
    (await app().accessRequests.ofAccount((await read(person)).id)).at(-1)?.id ?? 0;

  /** Gives a person the care of the organisation of their access. */
  const care = async (person: Person) => {
    const email = person.email as EmailAddress;
    return app().cares.give({ email, siren: one.slice(0, 9), reason: "", by });
  };
  const careOf = async ({ sub }: Account) =>
    (await app().cares.list()).find((each) => each.sub === sub)?.id ?? 0;
  /** Asks, as who has the care, for something of somebody else. */
  const askFor = async (person: Person, kind: "open" | "close", email: string) =>
    app().colleagueRequests.ask({
      ...{ account: await read(person), siren: one.slice(0, 9), kind, email },
      ...{ sirets: one, message: "" },
    });
  const colleague = async (person: Person) => {
    const { email } = await newPerson(provider, one);
    await open(person);
    await care(person);
    return askFor(person, "close", email);
  };
  const invitee = ({ sub }: Pick<Person, "sub">) => `collegue.${sub.toLowerCase()}@partenaire.test`;
  const keeper = async (person: Person) => {
    await open(person);
    await care(person);
  };
  const newcomer = async (person: Person) => {
    await keeper(person);
    return askFor(person, "open", invitee(person));
  };
  const newestOfColleagues = async ({ sub }: Account) =>
    (await app().colleagueRequests.waiting()).find((each) => each.sub === sub)?.id ?? 0;

  return [
    { name: "open an access", act: (_, person) => open(person) },
    {
      name: "close an access",
      before: open,
      act: (account) => app().accesses.close({ account, sirets: [one as never], by }),
    },
    {
      name: "invite an address",
      act: ({ sub }) =>
        app().invitations.invite({
          ...{ email: `invitee.${sub.toLowerCase()}@partenaire.test` as never, by },
          sirets: [one as never],
        }),
    },
    {
      name: "ask for an access",
      act: (_, person) => ask(person),
    },
    {
      name: "withdraw a request",
      before: ask,
      act: async (account, person) =>
        app().accessRequests.withdraw({ account, id: await newestRequest(person) }),
    },
    {
      name: "accept a request",
      before: ask,
      act: async (_, person) =>
        app().accessRequests.accept({ id: await newestRequest(person), by }),
    },
    {
      name: "refuse a request",
      before: ask,
      act: async (_, person) =>
        app().accessRequests.refuse({ id: await newestRequest(person), by, reason: "essai" }),
    },
    { name: "give the care of an organisation", before: open, act: (_, person) => care(person) },
    {
      name: "end the care of an organisation",
      before: keeper,
      act: async (account) => app().cares.end(await careOf(account), by),
    },
    {
      name: "ask for a colleague's access",
      before: keeper,
      act: (_, person) => askFor(person, "open", invitee(person)),
    },
    {
      name: "accept a colleague's access",
      before: newcomer,
      act: async (account) => app().colleagueRequests.accept(await newestOfColleagues(account), by),
    },
    {
      name: "accept a colleague's leaving",
      before: colleague,
      act: async (account) => app().colleagueRequests.accept(await newestOfColleagues(account), by),
    },
    {
      name: "refuse a request for a colleague",
      before: newcomer,
      act: async (account) =>
        app().colleagueRequests.refuse(await newestOfColleagues(account), by, "essai"),
    },
    {
      name: "disable an account",
      act: ({ email }) => app().administration.setState(email, "disabled", by),
    },
    {
      name: "enable an account",
      before: ({ email }) => app().administration.setState(email, "disabled", by),
      act: ({ email }) => app().administration.setState(email, "active", by),
    },
    {
      name: "end a person's sessions",
      act: ({ email }) => app().administration.endSessions(email, by),
    },
    { name: "give a role", act: ({ email }) => app().administration.setRole(email, "reader", by) },
    {
      name: "take a role",
      before: ({ email }) => app().administration.setRole(email, "reader", by),
      act: ({ email }) => app().administration.setRole(email, undefined, by),
    },
    {
      name: "change one's own password",
      act: (account) =>
        app().ownAccount.changePassword(
          account,
          {
            current_password: goodPassword,
            password: `${goodPassword} autre`,
            password_confirmation: `${goodPassword} autre`,
          },
          { secret: undefined, isShared: false },
        ),
    },
    {
      name: "ask for a recovery",
      act: (account) => app().recovery.request(account.email, account),
    },
    {
      name: "ask for another address",
      act: (account, { email }) => {
        const wanted = `nouvelle.${email}`;
        const form = { email: wanted, email_confirmation: wanted, current_password: goodPassword };
        return app().addressChange.request(account, form, undefined);
      },
    },
    {
      name: "correct an address, as staff",
      act: (account, { email }) => {
        const wanted = `corrigee.${email}`;
        return app().correctAddress(account, { email: wanted, email_confirmation: wanted }, by);
      },
    },
    { name: "turn a passkey on", act: (_, person) => passkey(person) },
    {
      name: "turn a passkey off",
      before: passkey,
      act: async (account) => {
        const [held] = await app().secondFactors.passkeys.list(account.sub);
        return app().secondFactors.passkeys.remove(account, held?.credentialId ?? "");
      },
    },
    {
      name: "reset factors, as staff",
      before: passkey,
      act: (account) => app().secondFactors.reset(account, by),
    },
    {
      name: "withdraw an application",
      act: (account) => app().applications.withdraw(account, "portal"),
    },
    {
      name: "delete an account with an access",
      before: open,
      act: (account) => app().deleteAccount({ account, by }),
    },
    {
      name: "end everybody's sessions",
      act: async () => {
        await app().endings.renewEverybodys("operator");
        await app().endings.endEverybodys();
      },
    },
  ];
}
