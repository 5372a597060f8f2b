import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "../../src/operations/index.ts";
import { portFault } from "../../src/operations/ports.ts";

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
});
