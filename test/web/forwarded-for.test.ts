import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Server, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "node:http";
import Koa from "koa";
import { systemRandom } from "../../src/foundation/index.ts";
import { clientNetwork } from "../../src/web/client-address.ts";
import { forwardedAddress, readForwardedFor } from "../../src/web/forwarded-for.ts";

describe("X-Forwarded-For", () => {
  it.each([
    ["192.0.2.1", 1, "192.0.2.1"],
    ["192.0.2.1:40001", 1, "192.0.2.1"],
    ["2001:db8::1", 1, "2001:db8::1"],
    ["[2001:db8::1]", 1, "2001:db8::1"],
    ["[2001:db8::1]:40001", 1, "2001:db8::1"],
    ['"[2001:db8::1]:40001"', 1, "2001:db8::1"],
    ['"192.0.2.1"', 1, "192.0.2.1"],
    ['for="192.0.2.1:40001"', 1, "192.0.2.1"],
    ["::ffff:192.0.2.1", 1, "::ffff:192.0.2.1"],
    ["198.51.100.9, 192.0.2.1:4", 1, "192.0.2.1"],
    ["198.51.100.9,192.0.2.1 , 203.0.113.5", 2, "192.0.2.1"],
    ["192.0.2.1", 2, "192.0.2.1"],
    ["unknown", 1, undefined],
    ["_hidden", 1, undefined],
    ["", 1, undefined],
    ["198.51.100.9, unknown", 1, undefined],
    ["192.0.2.1:", 1, undefined],
    ["192.0.2.1:400012", 1, undefined],
    ["2001:db8::1:40001:1:1:1:1:1", 1, undefined],
    ["[192.0.2.1", 1, undefined],
    ["192.0.2.300", 1, undefined],
  ])("%s, behind %d, is of %s", (header, proxies, address) => {
    expect(forwardedAddress(header, proxies)).toBe(address);
  });

  describe("that cannot be read", () => {
    const told: object[] = [];
    const app = new Koa({ proxy: true });
    const logger = { warn: (line: object) => void told.push(line) };
    const parts = { trustedProxies: 1, random: systemRandom, logger: logger as never };
    readForwardedFor(app, parts);
    app.use((ctx) => {
      ctx.body = clientNetwork(ctx.ip);
    });
    let server: Server;

    beforeAll(async () => {
      const answer = app.callback();
      server = createServer((request, response) => void answer(request, response));
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    const countedAs = (agent: Agent, header: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { port } = server.address() as AddressInfo;
        const headers = { "x-forwarded-for": header };
        get({ host: "127.0.0.1", port, agent, headers }, (response) => {
          let text = "";
          response.on("data", (part: Buffer) => (text += part.toString()));
          response.on("end", () => resolve(text));
        }).on("error", reject);
      });

    it("is counted by connection, never in one counter for all, and told once without the address", async () => {
      const one = new Agent({ keepAlive: true, maxSockets: 1 });
      const other = new Agent({ keepAlive: true, maxSockets: 1 });
      const first = await countedAs(one, "unknown");
      expect(first).toMatch(/^connection:[\w-]{20,}$/);
      expect(await countedAs(one, "198.51.100.7;40001")).toBe(first);
      expect(await countedAs(other, "unknown")).not.toBe(first);
      expect(await countedAs(one, "198.51.100.7:40001")).toBe("198.51.100.7");
      expect(told).toEqual([{ forwardedForShape: "unknown" }]);
      one.destroy();
      other.destroy();
    });
  });
});
