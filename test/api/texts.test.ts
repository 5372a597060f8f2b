import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient, startApiProvider } from "./api-client.ts";

const [one, two] = sirets;

/** What a validator takes must be what the act takes: it judges the text as it is kept. */
describe.each(databases)("a text of the API as it is kept, on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;
  let person: Person;
  let id: number | undefined;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    crm = await apiClient(provider);
    person = await newPerson(provider, two);
    id = (await provider.application.accesses.list())[0]?.accessId;
  });
  afterAll(() => provider.stop());

  const open = (more: object) =>
    crm.post("/accesses", { email: person.email, sirets: [one], reason: "Convention", ...more });
  const close = (reason: string) => crm.post(`/accesses/${String(id)}/close`, { reason });
  /** One character that is three as it is kept (NFC). */
  const grows = "\ufb2c";

  it.each([
    ["nothing that anybody sees", "\u200b\u0007"],
    ["more than it may be once it is kept", grows.repeat(400)],
  ])("is refused where it is %s", async (_what, text) => {
    const answers = [await open({ reason: text }), await close(text)];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    const named = await open({ names: { [one]: grows.repeat(150) } });
    expect([named.status, named.body["errors"]]).toEqual([422, [expect.anything()]]);
    const left = await provider.application.accesses.openEstablishments(person.sub);
    expect(left.map(({ siret }) => siret)).toEqual([two]);
  });
});
