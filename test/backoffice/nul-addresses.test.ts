import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** PostgreSQL holds no NUL in a text, so nothing of ours is named by one. */
describe.each(databases)("an address of the back office with a NUL, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    admin = await newColleague(provider, "admin");
  });
  afterAll(() => provider.stop());

  it.each([
    "/admin/accounts/%00",
    "/admin/accounts/%00/disable",
    "/admin/accounts/%00/close",
    "/admin/accounts/%00/claims?client=portal",
    "/admin/outbox/%00/drop",
    "/admin/members/%00/remove",
    "/admin/audit?client=%00",
    "/admin/outbox?kind=%00",
  ])("names nothing: %s", async (path) => {
    expect((await admin.open(path)).status).toBe(404);
  });

  it.each(["/admin/accounts/%00/disable", "/admin/accounts/%00/close", "/admin/outbox/%00/drop"])(
    "does nothing: %s",
    async (path) => {
      expect((await admin.post(path)).status).toBe(404);
    },
  );
});
