import { type Server, createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import type { RelyingParty, SignedIn } from "../support/relying-party.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient } from "../api/api-client.ts";

const [one] = sirets;

/** What is promised: seconds until every relying party has heard. */

describe.each(databases)("a closing is heard, on $name", (kind) => {
  let provider: TestProvider;
  let parties: readonly RelyingParty[];
  let crm: ApiClient;
  let listener: Server;
  /** Who heard of the end of a person's session: by path and `sub`. */
  const heard = new Set<string>();

  beforeAll(async () => {
    const port = await freePort();
    listener = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        heard.add(`${request.url} ${subOf(body)}`);
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

  /** Does it, and asks at once: no token is good, and the relying parties hear of it without any job. */
  async function endsAtOnce(person: Person, act: () => Promise<unknown>) {
    const all = await signedIn(person);
    await act();
    const said = await answers(all);
    expect(said).toEqual(Array.from({ length: 8 }, () => "no"));
    await provider.application.logoutNotices.idle();
    for (const name of ["portal", "other"]) expect(heard).toContain(`/${name} ${person.sub}`);
  }

  it("when the command line or staff close an access", async () => {
    const person = await newPerson(provider, one);
    await endsAtOnce(person, () => provider.closeAccess(person.email, one));
  });

  it("when a program closes an access by the API", async () => {
    const person = await newPerson(provider, one);
    const { body } = await crm.get(`/accesses?email=${person.email}`);
    const [access] = body["items"] as [{ id: number }];
    await endsAtOnce(person, async () => {
      const answer = await crm.post(`/accesses/${access.id}/close`, { reason: "mesure" });
      expect(answer.status).toBe(200);
    });
  });

  it("when an account is disabled", async () => {
    const person = await newPerson(provider, one);
    const { administration } = provider.application;
    await endsAtOnce(person, () => administration.setState(person.email, "disabled", "operator"));
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
    await Promise.all(people.map(({ email }) => provider.closeAccess(email, one)));
    await provider.application.logoutNotices.idle();
    for (const { sub } of people) expect(heard).toContain(`/portal ${sub}`);
  }, 90_000);
});

function subOf(form: string): string {
  return decodeJwt(new URLSearchParams(form).get("logout_token") ?? "").sub ?? "";
}
