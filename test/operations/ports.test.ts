import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, problemsOf } from "../../src/operations/index.ts";
import { freePorts, portFault } from "../../src/operations/ports.ts";
import { freePort } from "../support/free-port.ts";

const fault = (code: string, port: number) =>
  Object.assign(new Error("listen"), { code, port, address: "127.0.0.1" });
const ports = { PORT: 3000, METRICS_PORT: 9464 };

describe("a port at which nobody can listen", () => {
  it.each([
    ["EADDRINUSE", 3000, "PORT", "where another process listens"],
    ["EACCES", 9464, "METRICS_PORT", "which this user may not listen at"],
    ["EADDRNOTAVAIL", 3000, "PORT", "which is no address of this machine"],
  ])("%s at %d is a problem of %s", (code, port, name, found) => {
    const told = portFault(fault(code, port), ports);
    expect(told).toBeInstanceOf(ConfigurationError);
    expect(told).toMatchObject({
      problems: [{ name, found: `${String(port)} on 127.0.0.1, ${found}` }],
    });
  });

  it("is no setting's when its port or its fault is another", () => {
    for (const other of [fault("EADDRINUSE", 1), fault("EMFILE", 3000), new Error("else")])
      expect(portFault(other, ports)).toBe(other);
  });

  it("is one of a host that is not this machine's, or a name that leads nowhere", async () => {
    const look = (name: string, hostName: string, host: string) =>
      problemsOf(freePorts([{ name, hostName, host, port: 1 }]));
    expect(await look("METRICS_PORT", "METRICS_HOST", "203.0.113.7")).toMatchObject([
      { name: "METRICS_PORT", expected: "METRICS_HOST to be one of its addresses" },
    ]);
    expect(await look("PORT", "HOST", "nowhere.invalid")).toMatchObject([
      {
        name: "HOST",
        found: expect.stringMatching(/^"nowhere\.invalid", a name that leads nowhere/),
      },
    ]);
  });

  it("is found though it is shared, and left free where it is", async () => {
    const at = { host: "127.0.0.1", port: await freePort() };
    const look = () => problemsOf(freePorts([{ name: "PORT", hostName: "HOST", ...at }]));
    expect(await look()).toEqual([]);
    const neighbour = createServer().listen({ ...at, reusePort: true });
    await once(neighbour, "listening");
    expect(await look()).toMatchObject([{ name: "PORT", expected: "a free port" }]);
    neighbour.close();
  });
});
