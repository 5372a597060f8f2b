import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { StaffRole } from "../../src/accounts/index.ts";
import { createAccessImport } from "../../src/establishments/index.ts";
import { type Siret } from "../../src/establishments/index.ts";
import { type EmailAddress, type Outcome, parseEmailAddress } from "../../src/foundation/index.ts";
import { mailTo, mailsTo, newAddress } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { newColleague } from "../support/staff.ts";
import { webhookSecret } from "../webhooks/webhook-listener.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const [one, two, three] = sirets as unknown as readonly [Siret, Siret, Siret];

/**
 * « Nobody acts on their own account, an agent on no colleague's » stands in the acts: whatever page, list or command leads to
 * one, and whatever the route in front of it forgot.
 */
describe.each(databases)("whose act it is, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { backchannel_logout_uri: "http://127.0.0.1:9/" } },
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
      webhooks: [{ url: "http://127.0.0.1:9/", events: ["access.closed"], secret: webhookSecret }],
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const member = async (role: StaffRole): Promise<Person> => {
    const person = await newPerson(provider);
    await provider.application.administration.setRole(person.email, role, "operator");
    return person;
  };
  const rowOf = async ({ sub }: Pick<Person, "sub">) => {
    const [account] = await provider.application.accounts.findAllBySub([sub]);
    if (!account) throw new Error("the account is gone");
    return account;
  };
  const address = (email: string) => parseEmailAddress(email) as EmailAddress;
  const openTo = async ({ sub }: Pick<Person, "sub">) =>
    (await provider.application.accesses.openEstablishments(sub)).map(({ siret }) => siret);

  /** Every act on an account, by whoever it is. */
  const acts: Record<string, (subject: Person, by: string) => Promise<Outcome<unknown, string>>> = {
    open: async (subject, by) =>
      provider.application.accesses.open({ account: await rowOf(subject), sirets: [one], by }),
    close: async (subject, by) =>
      provider.application.accesses.close({ account: await rowOf(subject), sirets: [two], by }),
    import: async (subject, by) => {
      const list = `email;siret\n${subject.email};${three}\n`;
      const { done, preview } = await createAccessImport(provider.application).run(list, by);
      if (done) return { accepted: true, value: done };
      return { accepted: false, problems: [{ reason: preview.problems[0]?.reason ?? "" }] };
    },
    "accept a request": async (subject, by) =>
      provider.application.accessRequests.accept({ id: await asked(subject), by }),
    "refuse a request": async (subject, by) =>
      provider.application.accessRequests.refuse({ id: await asked(subject), by, reason: "non" }),
    disable: ({ email }, by) => provider.application.administration.setState(email, "disabled", by),
    enable: async ({ email }, by) => {
      const { administration } = provider.application;
      await administration.setState(email, "disabled", "operator");
      const outcome = await administration.setState(email, "active", by);
      await administration.setState(email, "active", "operator");
      return outcome;
    },
    "end the sessions": ({ email }, by) =>
      provider.application.administration.endSessions(email, by),
    "reset the factors": async (subject, by) => {
      const factor = { account_sub: subject.sub, secret: "sealed", last_step: 0, created_at: 1 };
      await provider.application.database.knex("totp_factors").insert(factor).onConflict().ignore();
      return provider.application.secondFactors.reset(subject, by);
    },
    "correct the address": async (subject, by) => {
      const email = newAddress();
      const form = { email, email_confirmation: email };
      return provider.application.correctAddress(await rowOf(subject), form, by);
    },
    "ask for a recovery": ({ email }, by) =>
      provider.application.administration.askRecovery(email, by),
  };
  const adminActs: typeof acts = {
    "change the role": ({ email }, by) =>
      provider.application.administration.setRole(email, undefined, by),
    delete: (account, by) => provider.application.deleteAccount({ account, by }),
  };
  const asked = async (subject: Person): Promise<number> => {
    const account = await rowOf(subject);
    const { accessRequests } = provider.application;
    // What waits already is not asked anew.
    for (const { id } of await accessRequests.ofAccount(account.id))
      await accessRequests.withdraw({ id, account });
    const outcome = await accessRequests.ask({
      ...{ account, sirets: one, message: "", clientId: undefined },
    });
    if (!outcome.accepted) throw new Error(outcome.problems[0].reason);
    return outcome.value.request.id;
  };
  const reasonOf = (outcome: Outcome<unknown, string>) =>
    outcome.accepted ? "done" : outcome.problems[0].reason;

  it.each(Object.entries(acts))(
    "%s: not one's own, nor a colleague's by an agent",
    async (_, act) => {
      const [agent, admin, reader] = [
        await member("agent"),
        await member("admin"),
        await member("reader"),
      ];
      const partner = await newPerson(provider, two);
      expect(reasonOf(await act(agent, agent.sub))).toBe("own-account");
      expect(reasonOf(await act(admin, admin.sub))).toBe("own-account");
      expect(reasonOf(await act(reader, agent.sub))).toBe("colleague-account");
      expect(reasonOf(await act(partner, reader.sub))).toBe("role-too-low");
      expect(reasonOf(await act(partner, partner.sub))).toBe("own-account");
      expect(reasonOf(await act(partner, "nobody-of-ours"))).toBe("role-too-low");
      expect(await openTo(agent)).toEqual([]);
      expect(reasonOf(await act(partner, agent.sub))).toBe("done");
      expect(reasonOf(await act(reader, admin.sub))).toBe("done");
    },
  );

  it.each(Object.entries(adminActs))("%s: an admin's act, and not on oneself", async (_, act) => {
    const [agent, admin] = [await member("agent"), await member("admin")];
    expect(reasonOf(await act(admin, admin.sub))).toBe("own-account");
    expect(reasonOf(await act(await newPerson(provider), agent.sub))).toBe("role-too-low");
    expect(reasonOf(await act(agent, admin.sub))).toBe("done");
  });

  it("counts as it stands at the act, not as the page found it", async () => {
    const agent = await member("agent");
    const account = await rowOf(await newPerson(provider));
    const open = () =>
      provider.application.accesses.open({ account, sirets: [one], by: agent.sub });
    await provider.application.administration.setRole(agent.email, undefined, "operator");
    expect(reasonOf(await open())).toBe("role-too-low");
    await provider.application.administration.setRole(agent.email, "agent", "operator");
    await provider.application.administration.setState(agent.email, "disabled", "operator");
    expect(reasonOf(await open())).toBe("role-too-low");
  });

  it("by the page of the import: the line says so, and the list opens nothing", async () => {
    const agent = await newColleague(provider, "agent");
    const list = `email;siret\n${agent.email};${one}\n`;
    for (const path of ["/admin/import/preview", "/admin/import"]) {
      const page = await agent.post(path, { accesses: list });
      expect(page.status).toBe(422);
      expect(page.text).toContain("C'est votre propre compte");
    }
    expect(await openTo(agent)).toEqual([]);
  });

  describe("an invitation", () => {
    const invite = (email: string, by: string) =>
      provider.application.invitations.invite({ email: address(email), sirets: [one], by });
    const change = async (person: Person, email: string) => {
      const { addressChange } = provider.application;
      const form = { email, email_confirmation: email, current_password: goodPassword };
      await addressChange.request(await rowOf(person), form, undefined);
      const { links } = await mailTo(provider, email, "Validation de votre nouvelle adresse");
      const secret = links
        .find((link) => link.includes("/account/email/"))
        ?.split("/")
        .at(-1);
      const outcome = await addressChange.confirm(secret ?? "", goodPassword, undefined);
      expect(outcome.accepted).toBe(true);
    };
    const stateOf = async (email: string) =>
      (await provider.application.invitations.list({ email: address(email) })).map(
        ({ state }) => state,
      );

    it.each<StaffRole>(["agent", "admin"])(
      "is not claimed by the %s whom it was made by, who changes their address to it",
      async (role) => {
        const agent = await member(role);
        const email = `plus.tard.${agent.email}`;
        expect(reasonOf(await invite(email, agent.sub))).toBe("done");
        await change(agent, email);
        expect(await openTo(agent)).toEqual([]);
        expect(await stateOf(email)).toEqual(["lapsed"]);
      },
    );

    it("of an agent is not claimed by a colleague, that of an admin is", async () => {
      const [agent, admin] = [await member("agent"), await member("admin")];
      for (const [inviter, open] of [
        [agent, []],
        [admin, [one]],
      ] as const) {
        const reader = await member("reader");
        const email = `ailleurs.${reader.email}`;
        await invite(email, inviter.sub);
        await change(reader, email);
        expect(await openTo(reader)).toEqual(open);
      }
    });

    it("is made and taken back by agents", async () => {
      const [reader, agent] = [await member("reader"), await member("agent")];
      const email = `invite.${agent.email}`;
      expect(reasonOf(await invite(email, reader.sub))).toBe("role-too-low");
      await invite(email, agent.sub);
      const [waiting] = await provider.application.invitations.list({ email: address(email) });
      const id = waiting?.id ?? 0;
      const withdraw = (by: string) => provider.application.invitations.withdraw({ id, by });
      expect(reasonOf(await withdraw(reader.sub))).toBe("role-too-low");
      expect(reasonOf(await withdraw(agent.sub))).toBe("done");
    });
  });

  it.each(["take each other's role", "disable each other", "delete each other"])(
    "of two admins who %s at once, one stays",
    async (what) => {
      const { administration, deleteAccount } = provider.application;
      for (let round = 0; round < 5; round += 1) {
        const [left, right] = [await member("admin"), await member("admin")];
        const end = (subject: Person, by: Person) => {
          if (what === "disable each other")
            return administration.setState(subject.email, "disabled", by.sub);
          return what === "delete each other"
            ? deleteAccount({ account: subject, by: by.sub })
            : administration.setRole(subject.email, undefined, by.sub);
        };
        const outcomes = await Promise.all([end(left, right), end(right, left)]);
        expect(outcomes.map(reasonOf).sort()).toEqual(["done", "role-too-low"]);
        const staff = await administration.staff();
        const active = staff.filter(({ state, role }) => state === "active" && role === "admin");
        const subs = [left.sub, right.sub];
        expect(active.filter(({ sub }) => subs.includes(sub))).toHaveLength(1);
      }
    },
  );

  describe("a deletion", () => {
    const outboxOf = async (sub: string) => {
      const { knex } = provider.application.database;
      const rows = await knex("outbox").select<{ channel: string; account_sub: string | null }[]>();
      return rows.filter((row) => row.account_sub === sub).map(({ channel }) => channel);
    };
    const callers: Record<string, (person: Person) => Promise<unknown>> = {
      "the person": async (person) => {
        await person.browser.open(`${provider.issuer}/account/deletion`);
        await person.browser.fill({ current_password: goodPassword }).submit();
        expect(person.browser.page.url).toContain("/account/deletion/done");
      },
      "an admin": async (person) => {
        const admin = await newColleague(provider, "admin");
        await admin.post(`/admin/accounts/${person.sub}/delete`);
        expect(admin.browser.page.text).toContain("supprimé");
      },
      "the operator": (account) => provider.application.deleteAccount({ account, by: "operator" }),
      "the inactivity job": async ({ sub }) => {
        const { database, inactivity } = provider.application;
        const old = { last_signed_in_at: 1, inactivity_warned_at: 1 };
        await database.knex("accounts").where({ sub }).update(old);
        await inactivity.erase();
      },
    };

    it.each(Object.keys(callers))(
      "by %s closes with mail, events, webhook and logout token, and leaves nothing open",
      async (caller) => {
        const person = await newPerson(provider, one, two);
        const login = await provider.party("portal").login(person.browser);
        await person.signIn();
        await person.choose(one);
        const { tokens } = await login.signedIn();
        const { id } = await rowOf(person);
        await callers[caller]?.(person);
        const { knex } = provider.application.database;
        const row = await knex("accounts").where({ id }).first<{ state: string }>();
        expect(row.state).toBe("deleted");
        const states = await provider.application.accesses.list({ accountId: id });
        expect(states.map(({ state }) => state)).toEqual(["ended", "ended"]);
        const mails = await mailsTo(provider, person.email);
        expect(mails.map(({ subject }) => subject)).toContain("Fermeture de votre accès");
        const channels = await outboxOf(person.sub);
        expect(channels).toContain("webhook");
        expect(channels).toContain("back-channel-logout");
        const { entries } = await provider.application.audit.page(
          { person: { sub: person.sub } },
          { limit: 20 },
        );
        const names = entries.map(({ name }) => name);
        expect(names.filter((name) => name === "access-closed")).toHaveLength(2);
        expect(names.filter((name) => name === "account-deleted")).toHaveLength(1);
        await expect(
          provider.party("portal").refresh(tokens.refresh_token ?? ""),
        ).rejects.toThrow();
      },
    );

    it("that fails half way has not begun", async () => {
      const person = await newPerson(provider, one);
      const died = new Error("the disk is full");
      jest.spyOn(provider.application.audit, "draft").mockImplementation(() => {
        throw died;
      });
      const { deleteAccount } = provider.application;
      await expect(deleteAccount({ account: person, by: "operator" })).rejects.toThrow(died);
      expect(await openTo(person)).toEqual([one]);
      expect((await rowOf(person)).state).toBe("active");
    });
  });

  it("a closing that a retry finishes stands in the audit, once", async () => {
    const { accesses, artifacts, audit, finishClosing } = provider.application;
    const person = await newPerson(provider, one);
    const died = new Error("the artifacts are out of reach");
    jest.spyOn(artifacts, "removeEstablishment").mockRejectedValue(died);
    await accesses.close({ account: await rowOf(person), sirets: [one], by: "operator" });
    const left = (await accesses.closedButNotRevoked(100)).filter(({ sub }) => sub === person.sub);
    const closings = async () => {
      const { entries } = await audit.page(
        { person: { sub: person.sub }, name: "access-closed" },
        { limit: 5 },
      );
      return entries.map(({ actor, details }) => ({ actor, details }));
    };
    expect(await closings()).toEqual([]);
    jest.restoreAllMocks();
    expect(left).toHaveLength(1);
    await Promise.all(left.flatMap((closed) => [finishClosing(closed), finishClosing(closed)]));
    expect(await closings()).toEqual([{ actor: "operator", details: { siret: one } }]);
  });
});
