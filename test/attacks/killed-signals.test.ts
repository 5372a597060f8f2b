import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openDatabase } from "../../src/storage/index.ts";
import {
  type EventToken,
  nameOf,
  receiver,
  receivingClient,
  startPushListener,
} from "../signals/receiver.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { rounds } from "../support/endurance.ts";
import { type ServerProcess, serverProcess } from "../support/server-process.ts";
import { type SmtpTestServer, startSmtp } from "../support/smtp.ts";
import { goodPassword } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { addAccount, authorizationUrl } from "./process-journey.ts";

const people = rounds(2, 4);

describe.each(databases)("a transmitter killed (-9) after each sign-out, on $name", (kind) => {
  let home: TestDatabase;
  let smtp: SmtpTestServer;
  let server: ServerProcess;
  let listener: Awaited<ReturnType<typeof startPushListener>>;

  beforeAll(async () => {
    home = await kind.create();
    smtp = await startSmtp();
    listener = await startPushListener();
    server = await serverProcess({
      databaseUrl: home.url,
      smtpUrl: smtp.url,
      metadata: receivingClient,
      environment: { SIGNALS: "on", PRIVATE_HOSTS: "127.0.0.1" },
    });
    await server.start();
  }, 60_000);
  afterAll(async () => {
    await server.remove();
    await listener.close();
    await smtp.close();
    await home.drop();
  });

  it(
    "loses no event that was acknowledged to its person, and tells none by a second jti",
    async () => {
      const party = receiver({ issuer: server.issuer, clientSecret: server.client.secret });
      const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: listener.url };
      await party.create({ delivery });
      const { stream_id: polled } = await party.create();
      for (let person = 0; person < people; person += 1) {
        await signedOut(`survivant.${person}@partenaire.test`);
        await server.kill();
        await server.start();
      }
      await letLeasesEnd();
      const pushed = () => jtisBySubject(listener.received.map(({ token }) => token));
      await waitFor("every event to be pushed", () => pushed().size === people, 90);
      expect([...pushed().values()].map(({ size }) => size)).toEqual(Array(people).fill(1));
      // What was polled and not acknowledged comes again, by the same jti.
      const before = jtisBySubject(await party.tokens(polled));
      await server.kill();
      await server.start();
      expect(before.size).toBe(people);
      expect(jtisBySubject(await party.tokens(polled))).toEqual(before);
    },
    rounds(180_000, 600_000),
  );

  /** Signs a person in and out; ends with the answer to their sign-out, and not one step later. */
  async function signedOut(email: string): Promise<void> {
    await addAccount(home.url, email, goodPassword);
    const { issuer, client } = server;
    const browser = new BrowserAgent({ stopBefore: [client.origin] });
    await browser.open(authorizationUrl(server));
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    await browser.open(`${issuer}/sign-out`);
    const only = new BrowserAgent({ cookies: browser.cookies, stopBefore: [issuer] });
    await only.open(browser.page.url);
    const page = await only.submit("Se déconnecter");
    expect(page.hops[0]?.status).toBe(303);
  }

  /** What a sender that was killed had claimed is another's after a minute: that minute passes at once. */
  async function letLeasesEnd(): Promise<void> {
    const database = openDatabase(home.url);
    const past = Math.floor(Date.now() / 1000) - 1;
    await database.knex("outbox").whereNotNull("lease_ends_at").update({ lease_ends_at: past });
    await database.close();
  }
});

/** The ends of sessions that were told: of whom, by which jtis. */
function jtisBySubject(tokens: readonly EventToken[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ends = tokens.filter((token) => nameOf(token) === "session-revoked");
  const bySubject = Map.groupBy(ends, ({ sub_id: subject }) => String(subject["sub"]));
  return new Map([...bySubject].map(([sub, all]) => [sub, new Set(all.map(({ jti }) => jti))]));
}
