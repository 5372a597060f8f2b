import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Siret } from "../../src/establishments/index.ts";
import { databases } from "../support/databases.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient, startApiProvider } from "./api-client.ts";

const [one, two, three] = ["13002526500013", "35600000009075", "41816609600051"] as Siret[];

describe.each(databases)("/api/v1/access-requests on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;
  const email = "demande@partenaire.test";
  const ids: number[] = [];

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    crm = await apiClient(provider);
    await provider.addAccount(email);
    const { accessRequests, accounts } = provider.application;
    const known = await accounts.findByEmail(email as never);
    const account = { id: known?.account.id ?? 0 };
    for (const sirets of [`${String(one)} ${String(two)}`, String(three)]) {
      const asked = await accessRequests.ask({ account, sirets, message: "Bonjour" });
      if (asked.accepted) ids.push(asked.value.request.id);
    }
    const refusalReason = "Pas le vôtre";
    const part = { id: ids[0] ?? 0, by: "operator", sirets: [one as Siret], refusalReason };
    await accessRequests.accept({ ...part, reason: "note interne" });
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("says of each establishment what became of it, and nothing that is the staff's own", async () => {
    const { status, body } = await crm.get(`/access-requests/${String(ids[0])}`);
    expect([status, body]).toMatchObject([
      200,
      {
        ...{ id: ids[0], email, state: "accepted", message: "Bonjour", client_id: null },
        establishments: [
          { siret: one, state: "accepted" },
          { siret: two, state: "refused" },
        ],
        refusal_reason: "Pas le vôtre",
      },
    ]);
    expect(JSON.stringify(body)).not.toContain("note interne");
    expect((await crm.get("/access-requests/999999")).status).toBe(404);
  });

  it("lists by state and address, page by page", async () => {
    const found = async (query: string) => {
      const { body } = await crm.get(`/access-requests?${query}`);
      return (body["items"] as { id: number }[]).map(({ id }) => id);
    };
    expect(await found("state=waiting")).toEqual([ids[1]]);
    expect(await found(`state=accepted&email=${email}`)).toEqual([ids[0]]);
    expect(await found("email=personne@partenaire.test")).toEqual([]);
    const { body } = await crm.get("/access-requests?limit=1");
    expect(await found(`limit=1&cursor=${String(body["next_cursor"])}`)).toEqual([ids[1]]);
  });

  it("is settled by an opening of the API", async () => {
    await crm.post("/accesses", { email, sirets: [three], reason: "convention" });
    const { body } = await crm.get(`/access-requests/${String(ids[1])}`);
    expect(body).toMatchObject({ state: "accepted", refusal_reason: null });
  });
});
