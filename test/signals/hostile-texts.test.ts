import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { receiver, receivingClient } from "./receiver.ts";

const nul = "\u0000";

/** PostgreSQL holds no NUL in a text: what has one is refused, and is no fault of ours. */
describe.each(databases)("a text that no register holds, sent by a receiver, on $name", (kind) => {
  let provider: TestProvider;
  let party: ReturnType<typeof receiver>;
  let stream: unknown;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: receivingClient },
      environment: { SIGNALS: "on" },
    });
    party = receiver(provider);
    stream = (await party.create())["stream_id"];
  });
  afterAll(() => provider.stop());

  it.each<[method: string, path: string, body: object | undefined, status: number]>([
    ["POST", "streams", { description: nul }, 400],
    ["POST", "streams", { events_requested: [nul] }, 400],
    ["PATCH", "streams", { stream_id: "ID", description: `a${nul}` }, 400],
    ["PATCH", "streams", { stream_id: nul }, 400],
    ["POST", "status", { stream_id: "ID", status: "paused", reason: nul }, 400],
    ["POST", "status", { stream_id: nul, status: "paused" }, 400],
    ["POST", "verification", { stream_id: nul }, 400],
    ["POST", "subjects/add", { stream_id: nul, subject: { format: "opaque", id: "1" } }, 400],
    [
      "POST",
      "subjects/remove",
      { stream_id: "ID", subject: { format: "email", email: `${nul}@b.test` } },
      400,
    ],
    [
      "POST",
      "subjects/remove",
      { stream_id: "ID", subject: { format: "iss_sub", iss: "ISS", sub: nul } },
      400,
    ],
    ["POST", "poll/ID", { returnImmediately: true, ack: [nul] }, 400],
    ["POST", "poll/ID", { returnImmediately: true, setErrs: { [nul]: { err: "x" } } }, 400],
    ["POST", "poll/%00", { returnImmediately: true }, 404],
    ["GET", "streams?stream_id=%00", undefined, 404],
    ["GET", "status?stream_id=%00", undefined, 404],
    ["DELETE", "streams?stream_id=%00", undefined, 404],
  ])("%s /signals/%s %j is %i", async (method, path, body, status) => {
    const named = (text: string) =>
      text.replaceAll("ID", String(stream)).replaceAll("ISS", provider.issuer);
    const text = body === undefined ? undefined : named(JSON.stringify(body));
    const answer = await party.call(method, `/signals/${named(path)}`, {
      ...(text !== undefined && { text }),
    });
    expect(answer.status).toBe(status);
  });
});
