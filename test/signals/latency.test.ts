import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { rounds } from "../support/endurance.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { receiver, receivingClient, startPushListener } from "./receiver.ts";

/** The step `signals-latency` of `npm run ci:long` takes all of them. */
const acts = rounds(20, 200);
const [one, two] = sirets;
const last = databases.at(-1) as DatabaseKind;

/** How long it takes is printed, for a reader: two seconds are wanted, and a busy machine takes what it takes. */
describe(`from an act to its receipt, on ${last.name}`, () => {
  let provider: TestProvider;
  let listener: Awaited<ReturnType<typeof startPushListener>>;
  let person: Person;

  beforeAll(async () => {
    listener = await startPushListener();
    provider = await startTestProvider(last, {
      clients: { portal: receivingClient },
      environment: { SIGNALS: "on", PRIVATE_HOSTS: "127.0.0.1" },
    });
    const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: listener.url };
    await receiver(provider).create({ delivery });
    person = await newPerson(provider, one);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    await login.signedIn();
  });
  afterAll(async () => {
    await provider.stop();
    await listener.close();
  });

  it(`${acts} accesses opened and closed are all heard, each once, in their order`, async () => {
    const milliseconds: number[] = [];
    for (let act = 0; act < acts; act += 1) {
      const begin = performance.now();
      await (act % 2 === 0 ? provider.openAccess : provider.closeAccess)(person.email, two);
      await waitFor("its receipt", () => listener.received.length > act, 60);
      milliseconds.push((listener.received[act]?.at ?? 0) - begin);
    }
    milliseconds.sort((a, b) => a - b);
    const at = (share: number) => (milliseconds[Math.floor(acts * share)] ?? 0).toFixed(0);
    console.info(
      `act to receipt over ${acts}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1 - 1 / acts)} ms`,
    );
    const told = listener.received.map(({ token }) =>
      JSON.stringify(Object.values(token.events)[0]?.["claims"]),
    );
    const change = (kind: string) => JSON.stringify({ establishments: { [kind]: [two] } });
    expect(told).toEqual(
      Array.from({ length: acts }, (_, act) => change(act % 2 === 0 ? "opened" : "closed")),
    );
    expect(new Set(listener.received.map(({ token }) => token.jti)).size).toBe(acts);
  }, 600_000);
});
