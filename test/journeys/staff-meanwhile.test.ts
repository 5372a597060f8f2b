import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { slowly } from "../support/slow-post.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** The head of a form comes, then something happens to who sends it, then its body. */
describe.each(databases)("a form of staff that comes slowly, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
  });
  afterAll(() => provider.stop());

  const begin = ({ browser }: Colleague, path: string) => {
    const { issuer } = provider;
    const headers = {
      cookie: browser.cookies.header(new URL(`${issuer}/admin`)) ?? "",
      origin: issuer,
      "content-type": "application/x-www-form-urlencoded",
    };
    return slowly(`${issuer}${path}`, headers, "reason=Test");
  };
  const isServed = () => provider.application.clients.servedSince("portal") !== undefined;
  const stateOf = async (sub: string) =>
    (await provider.application.accounts.findAllBySub([sub]))[0]?.state;

  it("does nothing once its session was ended", async () => {
    const admin = await newColleague(provider, "admin");
    const partner = await newPerson(provider);
    const sends = await Promise.all([
      begin(admin, "/admin/clients/portal/disable"),
      begin(admin, `/admin/accounts/${partner.sub}/disable`),
    ]);
    await provider.application.administration.endSessions(admin.email, "operator");
    for (const send of sends) expect((await send()).status).toBe(303);
    expect([isServed(), await stateOf(partner.sub)]).toEqual([true, "active"]);
  });

  it("does nothing once the role was taken", async () => {
    const admin = await newColleague(provider, "admin");
    const send = await begin(admin, "/admin/clients/portal/disable");
    await provider.application.administration.setRole(admin.email, undefined, "operator");
    expect((await send()).status).toBeGreaterThanOrEqual(300);
    expect(isServed()).toBe(true);
  });

  it("changes no client once the role was taken while its addresses were looked at", async () => {
    const { clientRegistry, clientRegistration, administration } = provider.application;
    const admin = await newColleague(provider, "admin");
    const agent = await newColleague(provider, "agent");
    const text = JSON.stringify({ client_id: "late", redirect_uris: ["https://late.test/cb"] });
    await administration.setRole(admin.email, undefined, "operator");
    for (const { sub } of [admin, agent]) {
      const refusal = { status: 403 };
      await expect(clientRegistry.register("x", text, sub)).rejects.toMatchObject(refusal);
      await expect(clientRegistry.disable("portal", sub)).rejects.toMatchObject(refusal);
      await expect(clientRegistration.invite(sub, 2 ** 31, 1)).rejects.toMatchObject(refusal);
    }
    expect(isServed()).toBe(true);
    const another = await newColleague(provider, "admin");
    const made = await clientRegistry.register("x", text, another.sub);
    expect(made.problems).toBeUndefined();
  });

  it("does what it says where nothing happened", async () => {
    const admin = await newColleague(provider, "admin");
    const partner = await newPerson(provider);
    const send = await begin(admin, `/admin/accounts/${partner.sub}/disable`);
    expect((await send()).status).toBe(303);
    expect(await stateOf(partner.sub)).toBe("disabled");
  });
});
