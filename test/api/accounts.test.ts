import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient, problemCode, startApiProvider } from "./api-client.ts";

describe.each(databases)("/api/v1/accounts on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    crm = await apiClient(provider);
    await provider.addAccount("jeanne@cfa.test", { givenName: "Jeanne", familyName: "Durand" });
    await provider.addAccount("paul_x@cfa.test", { givenName: "Paul", familyName: "Martin" });
    await provider.addAccount("ex%mple@autre.test", { givenName: "Zoé", familyName: "Durandeau" });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const found = async (query: string) =>
    ((await crm.get(`/accounts?${query}`)).body["items"] as { email: string }[]).map(
      ({ email }) => email,
    );

  it("tells who an account is, and nothing secret", async () => {
    const { body } = await crm.get("/accounts?email=JEANNE@cfa.test");
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body).toEqual({
      items: [
        {
          sub: expect.any(String),
          email: "jeanne@cfa.test",
          given_name: "Jeanne",
          family_name: "Durand",
          locale: "fr",
          state: "active",
          email_verified_at: instant,
          created_at: instant,
          updated_at: instant,
        },
      ],
      next_cursor: null,
    });
    const [account] = body["items"] as [{ sub: string }];
    expect((await crm.get(`/accounts/${account.sub}`)).body).toEqual(account);
  });

  it("tells who an account is that came with an identifier of elsewhere", async () => {
    const sub = "auth0|ab&c#1/%2F;x";
    const person = { sub, email: "importee@autre.test", given_name: "Zoé", family_name: "Moulin" };
    const file = Buffer.from(`${JSON.stringify(person)}\n`);
    await provider.application.importAccounts({ file, by: "operator", dryRun: false });
    const { body } = await crm.get(`/accounts/${encodeURIComponent(sub)}`);
    expect(body).toMatchObject({ sub, email: "importee@autre.test" });
    await provider.application.deleteAccount({ account: { sub }, by: "operator" });
  });

  it("searches by a part of a name or address, in any case, without wildcards", async () => {
    expect(await found("q=DURAND")).toEqual(["jeanne@cfa.test", "ex%mple@autre.test"]);
    expect(await found("q=cfa.test")).toEqual(["jeanne@cfa.test", "paul_x@cfa.test"]);
    expect(await found("q=l_x")).toEqual(["paul_x@cfa.test"]);
    expect(await found(`q=${encodeURIComponent("x%m")}`)).toEqual(["ex%mple@autre.test"]);
    expect(await found(`q=${encodeURIComponent("%%")}`)).toEqual([]);
  });

  it("searches by letters beyond ASCII in any case, as both databases do", async () => {
    await provider.addAccount("elodie@bts.test", { givenName: "Élodie", familyName: "Œuvrard" });
    for (const part of ["élodie", "ÉLODIE", "œuv", "ŒUV", "lodie"])
      expect([part, await found(`q=${encodeURIComponent(part)}`)]).toEqual([
        part,
        ["elodie@bts.test"],
      ]);
    expect(await found(`q=${encodeURIComponent("èlodie")}`)).toEqual([]);
    await provider.application.database.knex("accounts").where("email", "elodie@bts.test").delete();
  });

  it("pages through all of them", async () => {
    const first = await crm.get("/accounts?limit=2");
    const cursor = encodeURIComponent(String(first.body["next_cursor"]));
    const second = await crm.get(`/accounts?limit=2&cursor=${cursor}`);
    expect([
      ...(first.body["items"] as object[]),
      ...(second.body["items"] as object[]),
    ]).toHaveLength(3);
    expect(second.body["next_cursor"]).toBeNull();
  });

  it("shows a disabled account as such, and a deleted one no more", async () => {
    const { sub } = await provider.addAccount("parti@cfa.test");
    await provider.application.administration.setState("parti@cfa.test", "disabled", "operator");
    expect((await crm.get(`/accounts/${sub}`)).body["state"]).toBe("disabled");
    await provider.application.deleteAccount({ account: { sub }, by: "operator" });
    expect(problemCode(await crm.get(`/accounts/${sub}`))).toBe("not-found");
    expect(await found("q=parti")).toEqual([]);
  });

  it("shows an account under whatever identifier it was imported with", async () => {
    for (const sub of ["auth0|5f7c8ec7c33c6c004bbafe82", "urn:cfa:7/8?x=1#2", "camille@old.test"]) {
      const { sub: made } = await provider.addAccount("importe@cfa.test");
      await provider.application.database.knex("accounts").where({ sub: made }).update({ sub });
      const { body } = await crm.get(`/accounts/${encodeURIComponent(sub)}`);
      expect(body).toMatchObject({ sub, email: "importe@cfa.test" });
      await provider.application.database.knex("accounts").where({ sub }).delete();
    }
  });

  it("refuses what cannot be searched for", async () => {
    for (const query of ["q=a", "q=a%00b", `q=${"x".repeat(101)}`, "email=x", "name=Durand"]) {
      const answer = await crm.get(`/accounts?${query}`);
      expect([query, answer.status, problemCode(answer)]).toEqual([
        query,
        400,
        "parameters-invalid",
      ]);
    }
    expect(problemCode(await crm.get("/accounts/a%20b"))).toBe("not-found");
  });
});
