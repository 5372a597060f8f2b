import { once } from "node:events";
import { type IncomingMessage, type Server, createServer, get } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LastAnswers, acceptConnected } from "../../src/web/last-answers.ts";

describe("a server that leaves", () => {
  let server: Server;
  let lastAnswers: LastAnswers;
  /** Answers what waits. */
  let answer: () => void;
  let asked: Promise<unknown>;

  beforeEach(async () => {
    lastAnswers = new LastAnswers();
    const may = Promise.withResolvers<undefined>();
    const came = Promise.withResolvers<undefined>();
    answer = () => may.resolve(undefined);
    asked = came.promise;
    const handle = lastAnswers.told((_request, response) => {
      came.resolve(undefined);
      void may.promise.then(() => response.end("done"));
    });
    server = createServer(handle).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const port = () => (server.address() as AddressInfo).port;
  const connectionHeader = async () => {
    const headers = { connection: "keep-alive" };
    const request = get({ host: "127.0.0.1", port: port(), agent: false, headers });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    return response.headers.connection;
  };

  it("ends the connection of a request under way with its answer, and of each that comes", async () => {
    const before = connectionHeader();
    await asked;
    lastAnswers.begin();
    answer();
    expect([await before, await connectionHeader()]).toEqual(["close", "close"]);
  });

  it("keeps it before", async () => {
    answer();
    expect(await connectionHeader()).toBe("keep-alive");
  });

  it("accepts everybody who has connected before its port is closed", async () => {
    let accepted = 0;
    server.on("connection", () => {
      accepted += 1;
    });
    const clients: Socket[] = Array.from({ length: 60 }, () => connect(port(), "127.0.0.1"));
    // The system has connected them all by then, whoever of them was accepted.
    await Promise.all(clients.map((client) => once(client, "connect")));
    await acceptConnected(server);
    expect(accepted).toBe(clients.length);
    for (const client of clients) client.destroy();
  });
});
