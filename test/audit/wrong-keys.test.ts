import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Application, createApplication } from "../../src/application.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";
import { readSettings, silentLogger } from "../../src/operations/index.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { testEncryptionKey, withSigningKeys } from "../support/signing-keys.ts";

const [one, other] = [systemRandom.secret(), systemRandom.secret()];

describe.each(databases)("a start with other AUDIT_KEYS than before, on $name", (kind) => {
  let home: TestDatabase;
  const opened: Application[] = [];
  beforeEach(async () => {
    home = await kind.create(withSigningKeys);
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await home.drop();
  });

  /** What a node does before it listens. */
  async function started(auditKeys: string | undefined): Promise<Application> {
    const settings = readSettings(
      {
        DATABASE_URL: home.url,
        COOKIE_KEYS: "c".repeat(43),
        ENCRYPTION_KEYS: testEncryptionKey,
        PORTAL_CLIENT_SECRET: "p".repeat(43),
        ...(auditKeys !== undefined && { AUDIT_KEYS: auditKeys }),
      },
      () => ({}),
    );
    const surroundings = { clock: systemClock, random: systemRandom, logger: silentLogger };
    const application = await createApplication(settings, surroundings, { migrate: true });
    opened.push(application);
    await application.start();
    return application;
  }

  it("is refused by their name, and says what to do", async () => {
    // Nothing was recorded yet.
    const { record } = await started(one);
    await record({ name: "signed-in", outcome: "accepted", subject: { sub: "jeanne" } });
    for (const wrong of [other, undefined]) {
      await expect(started(wrong)).rejects.toMatchObject({
        name: "ConfigurationError",
        problems: [
          {
            name: "AUDIT_KEYS",
            expected: expect.stringContaining("lopauth audit vouch") as unknown,
          },
        ],
      });
    }
    await started(`${other},${one}`);
  });
});
