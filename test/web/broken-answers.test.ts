import { once } from "node:events";
import { type Server, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import Koa from "koa";
import { systemRandom } from "../../src/foundation/index.ts";
import { tellBrokenAnswers } from "../../src/web/broken-answers.ts";
import { waitFor } from "../support/wait-for.ts";

const lines: Record<string, unknown>[] = [];
const logger = {
  info: () => undefined,
  error: (fields: object, message: string) => void lines.push({ ...fields, message }),
};
const fault = new Error("the database went away");
let ended = 0;

async function* failing() {
  yield "Email;SIRET\r\n";
  await Promise.resolve();
  throw fault;
}

async function* endless() {
  try {
    for (;;) {
      yield "x".repeat(100_000);
      await new Promise(setImmediate);
    }
  } finally {
    ended += 1;
  }
}

let server: Server;
let url: string;
beforeAll(async () => {
  const app = new Koa();
  tellBrokenAnswers(app, { logger, random: systemRandom });
  app.use((ctx) => {
    ctx.body = Readable.from(ctx.path === "/failing" ? failing() : endless());
  });
  const handle = app.callback();
  server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => void lines.splice(0));

describe("an answer that breaks off", () => {
  it("is told with its fault: who downloads a file gets half of it, and no page", async () => {
    const whole = fetch(`${url}/failing`).then((answer) => answer.text());
    await expect(whole).rejects.toThrow();
    expect(lines).toEqual([
      {
        reference: expect.stringMatching(/^[\w-]{22}$/) as unknown,
        method: "GET",
        err: fault,
        message: "an answer failed, or broke off",
      },
    ]);
  });

  it("is not told where the client has left, for whom nothing more is read", async () => {
    const request = get(`${url}/endless`);
    const [answer] = (await once(request, "response")) as [Readable];
    await once(answer, "data");
    request.destroy();
    await waitFor("the end of the reading", () => ended === 1);
    await new Promise(setImmediate);
    expect(lines).toEqual([]);
  });
});
