import { type Server, createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiClient, apiClient } from "../api/api-client.ts";

const [one] = sirets;

/** What is promised: seconds until every relying party has heard. */
const promisedSeconds = 5;

describe.each(databases)("a closing is heard, on $name", (kind) => {
  let provider: TestProvider;
  let parties: readonly RelyingParty[];
  let crm: ApiClient;
  let listener: Server;
  /** When each client heard of the end of a person's session: by path and `sub`. */
  const heard = new Map<string, number>();

  beforeAll(async () => {
    const port = await freePort();
    listener = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        heard.set(`${request.url} ${subOf(body)}`, performance.now());
        response.end();
      });
    });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    const told = (name: string) => ({ backchannel_logout_uri: `http://127.0.0.1:${port}/${name}` });
    provider = await startTestProvider(kind, {
      clients: {
        portal: told("portal"),
        other: told("other"),
        crm: {
          grant_types: ["client_credentials"],
          response_types: [],
          redirect_uris: [],
          scope: "access:read access:write accounts:read",
        },
      },
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
    });
    parties = [provider.party("portal"), provider.party("other")];
    crm = await apiClient(provider);
  });
  afterAll(async () => {
    await provider.stop();
    await new Promise((resolve) => listener.close(resolve));
  });

  async function signedIn(person: Person): Promise<SignedIn[]> {
    const all: SignedIn[] = [];
    for (const party of parties) {
      const login = await party.login(person.browser);
      if (person.browser.page.h1 === "Connexion") await person.signIn();
      all.push(await login.signedIn());
    }
    return all;
  }

  /** What both relying parties are told of their tokens, all asked at the same moment. */
  async function answers(all: readonly SignedIn[]): Promise<string[]> {
    const yesOrNo = (asked: Promise<unknown>) =>
      asked.then(
        () => "yes",
        () => "no",
      );
    const asked = all.flatMap(({ tokens, claims }, index) => {
      const party = parties[index];
      if (!party) throw new Error("a relying party is missing");
      const active = async (token = "") => {
        if (!(await party.introspect(token)).active) throw new Error("inactive");
      };
      return [
        yesOrNo(party.userinfo(tokens.access_token, claims.sub)),
        yesOrNo(active(tokens.access_token)),
        yesOrNo(active(tokens.refresh_token)),
        yesOrNo(party.refresh(tokens.refresh_token ?? "")),
      ];
    });
    return Promise.all(asked);
  }

  /** Does it, asks at once, waits for the relying parties, and prints how long each took. */
  async function measured(what: string, person: Person, act: () => Promise<unknown>) {
    const all = await signedIn(person);
    const begin = performance.now();
    await act();
    const done = performance.now();
    const said = await answers(all);
    const refused = performance.now();
    const keys = ["portal", "other"].map((name) => `/${name} ${person.sub}`);
    await waitFor("both relying parties", () => keys.every((key) => heard.has(key)), 10);
    const times = keys.map((key) => Math.round((heard.get(key) ?? 0) - begin));
    console.info(
      `${kind.name}: ${what} took ${Math.round(done - begin)} ms; refresh, userinfo and introspection of two clients ` +
        `said no within ${Math.round(refused - done)} ms; the clients heard of it after ${times.join(" and ")} ms`,
    );
    expect(said).toEqual(Array.from({ length: 8 }, () => "no"));
    for (const milliseconds of times) expect(milliseconds).toBeLessThan(promisedSeconds * 1000);
  }

  it("when the command line or staff close an access", async () => {
    const person = await newPerson(provider, one);
    await measured("closing an access", person, () => provider.closeAccess(person.email, one));
  });

  it("when a program closes an access by the API", async () => {
    const person = await newPerson(provider, one);
    const { body } = await crm.get(`/accesses?email=${person.email}`);
    const [access] = body["items"] as [{ id: number }];
    await measured("closing an access by the API", person, async () => {
      const answer = await crm.post(`/accesses/${access.id}/close`, { reason: "mesure" });
      expect(answer.status).toBe(200);
    });
  });

  it("when an account is disabled", async () => {
    const person = await newPerson(provider, one);
    const { administration } = provider.application;
    await measured("disabling an account", person, () =>
      administration.setState(person.email, "disabled"),
    );
    const fresh = await provider.party("portal").login(person.browser, { prompt: "none" });
    expect((await fresh.refused()).error).toBe("login_required");
  });

  it("by every one of twenty people at once", async () => {
    const people: Person[] = [];
    for (let index = 0; index < 20; index += 1) people.push(await newPerson(provider, one));
    for (const person of people) {
      const login = await provider.party("portal").login(person.browser);
      await person.signIn();
      await login.signedIn();
    }
    const begin = performance.now();
    await Promise.all(people.map(({ email }) => provider.closeAccess(email, one)));
    const keys = people.map(({ sub }) => `/portal ${sub}`);
    await waitFor("twenty notices", () => keys.every((key) => heard.has(key)), 10);
    const last = Math.round(Math.max(...keys.map((key) => heard.get(key) ?? 0)) - begin);
    console.info(`${kind.name}: twenty closings at once were all heard after ${last} ms`);
    expect(last).toBeLessThan(promisedSeconds * 1000);
  });
});

function subOf(form: string): string {
  return decodeJwt(new URLSearchParams(form).get("logout_token") ?? "").sub ?? "";
}
