import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { slowPost } from "../support/slow-post.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiClient, apiClient, startApiProvider } from "./api-client.ts";

const [one, two] = sirets;

describe.each(databases)("who calls the API, at the moment of the act, on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;
  let person: Person;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    person = await newPerson(provider, two);
  });
  beforeEach(async () => {
    await provider.application.clientRegistry.enable("crm", "operator");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    crm = await apiClient(provider);
  });
  afterAll(() => provider.stop());

  const openings = async () =>
    (await provider.application.accesses.list()).filter(({ siret }) => siret === one);
  const opening = () => ({ email: person.email, sirets: [one], reason: "Convention" });
  const disable = async () => {
    const outcome = await provider.application.clientRegistry.disable("crm", "operator");
    expect(outcome.accepted).toBe(true);
  };
  const address = (path: string) => `${provider.issuer}/api/v1${path}`;
  const late = (path: string, body: unknown) =>
    slowPost(address(path), `Bearer ${crm.token}`, body);

  it("refuses what comes whole only once its client is disabled", async () => {
    const send = await late("/accesses", opening());
    await disable();
    const answer = await send();
    expect([answer.status, answer.body["type"]]).toEqual([
      401,
      "urn:lopcommerce:problem:token-refused",
    ]);
    expect(await openings()).toEqual([]);
  });

  it("closes nothing either, and tells nothing of who has an account", async () => {
    const [access] = await provider.application.accesses.list();
    const close = await late(`/accesses/${access?.accessId}/close`, { reason: "Fin" });
    const guess = await late("/accesses", { ...opening(), email: "nobody@partenaire.test" });
    await disable();
    expect([(await close()).status, (await guess()).status]).toEqual([401, 401]);
    expect((await crm.get("/accesses")).status).toBe(401);
    expect((await provider.application.accesses.list())[0]?.state).toBe("open");
  });

  it("undoes what a client does that another node has disabled a moment ago", async () => {
    const { database } = provider.application;
    await database.transaction(async (transaction) => {
      await transaction("clients_version").increment("version", 1);
      const disabled_at = Math.floor(Date.now() / 1000);
      await transaction("client_suspensions")
        .insert({ client_id: "crm", disabled_at, enabled_at: null })
        .onConflict("client_id")
        .merge();
    });
    const headers = { "Idempotency-Key": "elsewhere" };
    expect((await crm.post("/accesses", opening(), headers)).status).toBe(401);
    expect(await openings()).toEqual([]);
    // Nothing is kept of a refusal.
    expect(await database.knex("idempotency_keys")).toEqual([]);
  });

  it("undoes an act that waited for its account's row while its client was disabled", async () => {
    const { database, accesses } = provider.application;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let holds = () => {};
    const isHeld = new Promise<void>((resolve) => (holds = resolve));
    const holding = database.transaction(async (transaction) => {
      await transaction("accounts").where({ sub: person.sub }).forUpdate().select("id");
      holds();
      await held;
    });
    await isHeld;
    const answer = crm.post("/accesses", opening(), { "Idempotency-Key": "held" });
    // On SQLite the disabling stands in line behind the opening: both are right then.
    const disabling = kind.name === "PostgreSQL" ? disable() : Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await disabling;
    release();
    await holding;
    const { status } = await answer;
    if (kind.name === "PostgreSQL") {
      expect(status).toBe(401);
      expect(await openings()).toEqual([]);
    } else expect(status).toBe(201);
    await provider.closeAccess(person.email, one);
    await waitFor(
      "no opening",
      async () => (await accesses.openEstablishments(person.sub)).length === 1,
    );
  });
});
