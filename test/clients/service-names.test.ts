import { describe, expect, it } from "@jest/globals";
import { serviceName, spaceName } from "../../src/clients/index.ts";

describe("the names of a client's service (contract §5)", () => {
  it.each([
    [{}, "of", "of"],
    [{ client_name: "Portail" }, "Portail", "Portail"],
    [{ client_name: "Portail", service_name: "Portail OF" }, "Portail OF", "Portail OF"],
    [{ service_name: "Portail OF", space_name: "OF" }, "Portail OF", "OF"],
  ])("are of %j: « %s » and the space « %s »", (names, service, space) => {
    expect(serviceName({ client_id: "of", ...names })).toBe(service);
    expect(spaceName({ client_id: "of", ...names })).toBe(space);
  });
});
