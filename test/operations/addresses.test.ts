import { afterEach, describe, expect, it } from "@jest/globals";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAddresses, lookupBy } from "../../src/operations/addresses.ts";

/** What a name server says to one question, or nothing. */
type Answer = "silent" | "unknown" | { readonly address: string };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A name server on loopback. @returns its `address:port`, and how often it was asked */
async function startNameServer(answer: Answer) {
  const socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (question, { port, address }) => {
    asked += 1;
    if (answer !== "silent") socket.send(reply(question, answer), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  ends.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return { at: `127.0.0.1:${String(socket.address().port)}`, asked: () => asked };
}

/** RFC 1035 §4: the question again, and its answer: an A record, none of another type, or that there is no such name. */
function reply(question: Buffer, answer: Exclude<Answer, "silent">): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const wantsA = question.readUInt16BE(end - 4) === 1;
  const has = answer !== "unknown" && wantsA;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(answer === "unknown" ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(has ? 1 : 0, 6);
  head.fill(0, 8);
  const numbers = has ? answer.address.split(".").map(Number) : [];
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...numbers];
  return Buffer.concat([head, question.subarray(12, end), Buffer.from(has ? record : [])]);
}

function hostsFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-hosts-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "hosts");
  writeFileSync(file, text);
  return file;
}

describe("the addresses of a host name", () => {
  it("are those that the name server says", async () => {
    const server = await startNameServer({ address: "93.184.216.34" });
    const addressesOf = createAddresses({ servers: [server.at] });
    expect(await addressesOf("rp.example")).toEqual(["93.184.216.34"]);
  });

  it("are those of the hosts file, which comes first", async () => {
    const server = await startNameServer({ address: "93.184.216.34" });
    const lines = ["# a comment", "192.0.2.1 other", "192.0.2.7\tRP.example crm # ours", "junk"];
    const addressesOf = createAddresses({
      servers: [server.at],
      hostsFile: hostsFile(lines.join("\n")),
    });
    expect(await addressesOf("rp.EXAMPLE.")).toEqual(["192.0.2.7"]);
    expect(await addressesOf("crm")).toEqual(["192.0.2.7"]);
    expect(server.asked()).toBe(0);
  });

  it("are loopback for localhost and what is below it, and themselves for addresses", async () => {
    const addressesOf = createAddresses({ servers: [] });
    expect(await addressesOf("localhost")).toEqual(["127.0.0.1", "::1"]);
    expect(await addressesOf("sub.localhost.")).toEqual(["127.0.0.1", "::1"]);
    expect(await addressesOf("2001:db8::1")).toEqual(["2001:db8::1"]);
  });

  it("are not asked of the system for a name that a stranger chose", async () => {
    const server = await startNameServer("unknown");
    const ofStrangers = createAddresses({ servers: [server.at] });
    await expect(ofStrangers("rp.example")).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  it("end in a fault while a name server is silent, and hold up no other look-up meanwhile", async () => {
    const server = await startNameServer("silent");
    const addressesOf = createAddresses({ servers: [server.at], patienceMilliseconds: 900 });
    const order: string[] = [];
    // More than there are threads, by far.
    const hanging = Array.from({ length: 40 }, (_, index) =>
      addressesOf(`rp-${String(index)}.example`).catch((error: unknown) => {
        order.push((error as { code: string }).code);
      }),
    );
    await lookup("localhost");
    order.push("localhost");
    await Promise.all(hanging);
    expect(order).toEqual(["localhost", ...hanging.map(() => "ETIMEOUT")]);
  });

  it("are not waited for at the system when a name server is silent", async () => {
    const server = await startNameServer("silent");
    const addressesOf = createAddresses({
      ...{ servers: [server.at], patienceMilliseconds: 300, asksSystem: true },
    });
    await expect(addressesOf("crm.example")).rejects.toMatchObject({ code: "ETIMEOUT" });
  });
});

describe("a connection by a look-up of ours", () => {
  const told = (all: boolean, addresses: readonly string[]) =>
    new Promise((resolve) => {
      const look = lookupBy(() => Promise.resolve(addresses));
      look("rp.example", { all }, (fault, found, family) =>
        resolve(fault?.code ?? [found, family]),
      );
    });

  it("is made to one of its addresses", async () => {
    expect(await told(false, ["192.0.2.7"])).toEqual(["192.0.2.7", 4]);
    expect(await told(true, ["192.0.2.7", "2001:db8::1"])).toEqual([
      [
        { address: "192.0.2.7", family: 4 },
        { address: "2001:db8::1", family: 6 },
      ],
      undefined,
    ]);
  });

  it("fails where there is none", async () => {
    expect(await told(true, [])).toBe("ENOTFOUND");
  });
});
