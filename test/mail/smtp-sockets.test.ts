import { createSocket } from "node:dgram";
import { type Server, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { smtpSockets } from "../../src/mail/smtp-sockets.ts";
import { createAddresses } from "../../src/operations/index.ts";

describe("a connection to the mail server", () => {
  const ends: (() => void)[] = [];
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => void ends.push(() => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    ends.push(() => server.close());
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  const connected = (sockets: ReturnType<typeof smtpSockets>, host: string, at = port) =>
    new Promise<Error | "connected">((resolve) => {
      sockets({ host, port: at }, (fault, socket) => {
        if (socket) ends.push(() => socket.connection.destroy());
        resolve(fault ?? "connected");
      });
    });

  it("is made to this very machine while every name server is silent", async () => {
    const silent = createSocket("udp4");
    await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
    ends.push(() => silent.close());
    const servers = [`127.0.0.1:${String(silent.address().port)}`];
    const sockets = smtpSockets(createAddresses({ servers, patienceMilliseconds: 300 }));
    expect(await connected(sockets, "localhost")).toBe("connected");
    const elsewhere = { command: "CONN", code: "ETIMEOUT" };
    expect(await connected(sockets, "smtp.example")).toMatchObject(elsewhere);
  });

  it("is made to where the server was, when nobody says any more where it is", async () => {
    let isSilent = false;
    const sockets = smtpSockets(() =>
      isSilent
        ? Promise.reject(Object.assign(new Error("silent"), { code: "ETIMEOUT" }))
        : Promise.resolve(["127.0.0.1"]),
    );
    expect(await connected(sockets, "smtp.example")).toBe("connected");
    isSilent = true;
    expect(await connected(sockets, "smtp.example")).toBe("connected");
    expect(await connected(sockets, "other.example")).toMatchObject({ code: "ETIMEOUT" });
  });

  it("that is refused says so", async () => {
    await new Promise((resolve) => server.close(resolve));
    const refused = { command: "CONN", code: "ECONNREFUSED" };
    expect(await connected(smtpSockets(), "127.0.0.1")).toMatchObject(refused);
  });
});
