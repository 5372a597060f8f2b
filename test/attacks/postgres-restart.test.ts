import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signUpFields } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import type { DatabaseKind } from "../support/databases.ts";
import { rounds } from "../support/endurance.ts";
import { newPerson, sirets } from "../support/person.ts";
import { plainClient, userinfo } from "../support/plain-client.ts";
import { type PostgresCluster, canMakeCluster, makeCluster } from "../support/postgres-cluster.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const restarts = ["fast", "immediate"] as const;

describe("a restart of PostgreSQL under load", () => {
  it("is tried where the programs of a server are at hand", () => {
    expect(canMakeCluster || process.env["TEST_DATABASE_URL"] === undefined).toBe(true);
  });

  if (!canMakeCluster) return;
  let cluster: PostgresCluster;
  let provider: TestProvider;

  beforeAll(async () => {
    cluster = await makeCluster();
    const kind: DatabaseKind = {
      name: "PostgreSQL",
      create: async (template) => {
        await template?.fill(cluster.url);
        return { url: cluster.url, drop: () => Promise.resolve() };
      },
    };
    provider = await startTestProvider(kind);
  }, 60_000);
  afterAll(async () => {
    await provider.stop();
    await cluster.remove();
  });

  it(
    "is told honestly, and all is well afterwards without a restart of the provider",
    async () => {
      const person = await newPerson(provider, sirets[0]);
      const client = plainClient(provider, "portal");
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      await client.authorize(browser, { scope: "openid siret" });
      await person.signIn(browser);
      const { body } = await client.redeem(client.answer(browser.page).get("code") ?? "");

      let isLoad = true;
      const acknowledged: string[] = [];
      const statuses = new Set<number>();
      const load = [
        repeat(async (number) => {
          const email = `charge.${number}@partenaire.test`;
          const page = await new BrowserAgent({ stopBefore: [provider.issuer] }).post(
            `${provider.issuer}/signup`,
            signUpFields(email),
            provider.issuer,
          );
          statuses.add(page.status);
          if (page.status === 303) acknowledged.push(email);
        }),
        repeat(async () => {
          const answer = await fetch(`${provider.issuer}/me`, {
            headers: { authorization: `Bearer ${String(body["access_token"])}` },
          });
          statuses.add(answer.status);
        }),
        // Transactions of the artifacts, which break in the middle.
        repeat(async () => {
          await provider.application.artifacts.removeAccount("nobody").catch(() => undefined);
        }),
        repeat(async () => {
          const page = await new BrowserAgent().open(client.authorizationUrl());
          statuses.add(page.status);
        }),
      ];
      for (let round = 0; round < rounds(2, 8); round += 1) {
        await pause(500);
        await cluster.restart(restarts[round % 2] ?? "fast");
        await waitFor("the provider to be ready again", async () => {
          return (await fetch(`${provider.issuer}/readyz`)).ok;
        });
      }
      await pause(500);
      isLoad = false;
      await Promise.all(load);

      // 401 would tell a client to throw a good token away.
      expect([...statuses].filter((status) => ![200, 303, 503].includes(status))).toEqual([]);
      expect(await userinfo(provider, body["access_token"])).toMatchObject({
        status: 200,
        body: { siret: sirets[0] },
      });
      expect((await client.refresh(body["refresh_token"])).status).toBe(200);
      expect(acknowledged.length).toBeGreaterThan(0);
      for (const email of acknowledged) {
        await provider.smtp.waitForMessage(({ envelope }) => envelope.to[0] === email, 60_000);
      }
      const sent = provider.smtp.messages.map(({ messageId }) => messageId);
      expect(sent).toHaveLength(new Set(sent).size);

      async function repeat(work: (number: number) => Promise<void>): Promise<void> {
        for (let number = 0; isLoad; number += 1) {
          await work(number);
          await pause(20);
        }
      }
    },
    rounds(120_000, 300_000),
  );
});
