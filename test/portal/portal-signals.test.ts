import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPortal } from "../../src/portal/index.ts";
import { type Portal } from "../../src/portal/portal.ts";
import { receivingClient } from "../signals/receiver.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const [one, two] = sirets;
const [own, other] = ["130 025 265 00013", "356 000 000 09075"];

/** Without back-channel logout: what the portal learns here, it learns by signals. */
describe("the portal hears Shared Signals", () => {
  let provider: TestProvider;
  let portal: Portal;
  const log: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    const callback = `http://127.0.0.1:${port}/callback`;
    provider = await startTestProvider(databases[0] as DatabaseKind, {
      clients: { portail: { ...receivingClient, redirect_uris: [callback] } },
      environment: { SIGNALS: "on" },
    });
    portal = await startPortal({
      ...{ host: "127.0.0.1", port, issuer: provider.issuer, hearsSignals: true },
      ...{ clientId: "portail", clientSecret: provider.clientSecret },
      log: (line) => log.push(line),
    });
    await waitFor("its stream", async () => (await provider.application.signals.list()).length);
  });
  afterAll(async () => {
    await portal.close();
    await provider.stop();
    expect(log).toEqual([]);
  });

  /** Signed in at the portal for the first of two establishments. */
  const signedIn = async () => {
    const person = await newPerson(provider, one, two);
    const home = () => person.browser.open(`${portal.url}/`);
    await person.browser.open(`${portal.url}/login`);
    await person.signIn();
    await person.choose(one);
    for (const siret of [own, other]) expect((await home()).text).toContain(siret);
    return { ...person, home };
  };
  const shows = async ({ home }: Awaited<ReturnType<typeof signedIn>>, text: string) =>
    (await home()).text.includes(text);

  it("asks the provider anew, without a question, when another access of the person is closed", async () => {
    const person = await signedIn();
    await provider.closeAccess(person.email, two);
    await waitFor("the closing", async () => !(await shows(person, other)));
    expect(await shows(person, own)).toBe(true);
  });

  it("signs out who lost the access that they signed in for, and whose account is disabled", async () => {
    for (const act of [
      ({ email }: { readonly email: string }) => provider.closeAccess(email, one),
      ({ email }: { readonly email: string }) =>
        provider.application.administration.setState(email, "disabled", "operator"),
    ]) {
      const person = await signedIn();
      const stranger = await signedIn();
      await act(person);
      await waitFor("the end", async () => !(await shows(person, own)));
      expect(await shows(stranger, own)).toBe(true);
    }
  });
});
