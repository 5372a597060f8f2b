import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "../../src/foundation/index.ts";
import { createLogger } from "../../src/operations/index.ts";
import { isPrivateAddress } from "../../src/clients/index.ts";
import { createClientCall } from "../../src/clients/client-calls.ts";
import { type Canary, startCanary } from "../support/canary.ts";

const log: string[] = [];
const destination = { write: (line: string) => log.push(line) };
const logger = createLogger({ level: "warn", format: "json", clock: systemClock, destination });

describe("a call to an address that a client registered", () => {
  let canary: Canary;

  beforeAll(async () => {
    canary = await startCanary();
  });
  beforeEach(() => {
    log.length = 0;
    canary.answer = {};
  });
  afterAll(async () => {
    await canary.close();
  });

  const guarded = createClientCall({ logger, privateHosts: [] });
  const call = (address: string, calling = guarded) =>
    calling(address.replace("PORT", String(canary.port)), { signal: AbortSignal.timeout(2500) });

  it.each([
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://2130706433:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0.0.0.0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST.:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "https://127.0.0.1:PORT/",
  ])("never connects to loopback: %s", async (address) => {
    await expect(call(address)).rejects.toThrow(/is in a private network, and PRIVATE_HOSTS/);
    expect(canary.connections()).toBe(0);
    expect(log.join()).toContain("PRIVATE_HOSTS allows by name");
  });

  it.each([
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[::ffff:169.254.169.254]/",
  ])("never connects to private, link-local or multicast addresses: %s", async (address) => {
    await expect(call(address)).rejects.toThrow(/is in a private network/);
  });

  it("refuses a public name as soon as one of its addresses is private", async () => {
    const resolve = () => Promise.resolve(["93.184.216.34", "127.0.0.1"]);
    const mixed = createClientCall({ logger, privateHosts: [], resolve });
    await expect(call("http://rp.example:PORT/", mixed)).rejects.toThrow(/private network/);
    expect(canary.connections()).toBe(0);
  });

  it("refuses a name without an address", async () => {
    const nowhere = createClientCall({
      logger,
      privateHosts: [],
      resolve: () => Promise.resolve([]),
    });
    await expect(call("http://rp.example/", nowhere)).rejects.toThrow(/private network/);
  });

  it("connects to no other address than was judged: a name that leads elsewhere meanwhile", async () => {
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const resolve = () => Promise.resolve(answers.shift() ?? []);
    const rebound = createClientCall({ logger, privateHosts: [], resolve });
    const before = canary.connections();
    const fault = await call("http://rp.example:PORT/", rebound).catch((error: unknown) => error);
    expect(fault).toMatchObject({ cause: { code: "private-address" } });
    expect(canary.connections()).toBe(before);
    expect(answers).toEqual([]);
  });

  it("waits for a silent name server no longer than its caller does", async () => {
    const stopped = new AbortController();
    const resolve = () => {
      setTimeout(() => stopped.abort(new Error("enough")), 1);
      return new Promise<string[]>(() => undefined);
    };
    const hanging = createClientCall({ logger, privateHosts: [], resolve });
    await expect(hanging("http://rp.example/", { signal: stopped.signal })).rejects.toThrow(
      "enough",
    );
  });

  describe("when PRIVATE_HOSTS names its host", () => {
    it("arrives where its look-up leads", async () => {
      const resolve = () => Promise.resolve(["127.0.0.1"]);
      const parts = { logger, privateHosts: ["crm.interne"], resolve };
      const before = canary.bodies.length;
      expect((await call("http://CRM.interne:PORT/", createClientCall(parts))).status).toBe(200);
      expect(canary.bodies).toHaveLength(before + 1);
    });

    const allowing = createClientCall({ logger, privateHosts: ["LocalHost", "127.0.0.1"] });

    it.each(["http://localhost:PORT/", "http://127.0.0.1:PORT/"])(
      "arrives: %s",
      async (address) => {
        const before = canary.bodies.length;
        expect((await call(address, allowing)).status).toBe(200);
        expect(canary.bodies).toHaveLength(before + 1);
      },
    );

    it.each(["http://[::1]:PORT/", "http://sub.localhost:PORT/", "http://127.0.0.2:PORT/"])(
      "allows that name alone, not %s",
      async (address) => {
        const before = canary.connections();
        await expect(call(address, allowing)).rejects.toThrow();
        expect(canary.connections()).toBe(before);
      },
    );

    it("follows no redirect: what it leads to was not named", async () => {
      const other = await startCanary();
      canary.answer = { status: 302, headers: { location: `http://127.0.0.2:${other.port}/` } };
      expect((await call("http://localhost:PORT/", allowing)).status).toBe(302);
      canary.answer = { status: 307, headers: { location: `http://127.0.0.1:${other.port}/` } };
      expect((await call("http://localhost:PORT/", allowing)).status).toBe(307);
      expect(other.connections()).toBe(0);
      await other.close();
    });
  });
});

describe("isPrivateAddress", () => {
  it.each([
    "93.184.216.34",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2a00:1450:4007::1",
    "2606:4700::1111",
  ])("knows %s as public", (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it.each(["198.18.0.1", "203.0.113.7", "2001:db8::1", "2001::1", "2002::1", "fec0::1", "100::1"])(
    "knows %s as of special use",
    (address) => {
      expect(isPrivateAddress(address)).toBe(true);
    },
  );
});
